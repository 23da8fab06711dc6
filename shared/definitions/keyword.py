"""Pieces of JSON Schema that several rules say themselves with, and how they are put together."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from shared.definitions.shape import Keywords

Schema = dict[str, Any]


def whole(pattern: str) -> str:
    """Return a pattern that JSON Schema, which searches, finds only where all of a text matches."""
    return f"^(?:{pattern})$"


def given(name: str) -> Keywords:
    """Return the schema of objects in which a property is there and not null."""
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}


def any_given(*names: str) -> Keywords:
    """Return the schema of objects in which at least one of these properties is there."""
    return {"anyOf": [given(name) for name in names]}


def one_given(*names: str) -> Keywords:
    """Return the schema of objects in which one and only one of these properties is there."""
    return {"oneOf": [given(name) for name in names]}


def not_both(*names: str) -> Keywords:
    """Return the schema of objects in which at most one of these properties is there."""
    pairs = itertools.combinations(names, 2)
    return {"allOf": [{"not": {"allOf": [given(one), given(other)]}} for one, other in pairs]}


def having(name: str, schema: Keywords) -> Keywords:
    """Return the schema of objects in which a property is there and like this."""
    return {"required": [name], "properties": {name: schema}}


def when(condition: Keywords, then: Keywords) -> Keywords:
    """Return the schema that demands something only where a condition holds."""
    return {"if": condition, "then": then}


def merged(schema: Schema, rules: Iterable[Keywords]) -> Schema:
    """Return a schema with further rules: beside its own keywords where these are still free."""
    result = dict(schema)
    for rule in rules:
        if rule.keys() == {"allOf"}:
            result["allOf"] = [*result.get("allOf", ()), *rule["allOf"]]
        elif result.keys() & rule.keys() or "if" in rule:
            result["allOf"] = [*result.get("allOf", ()), dict(rule)]
        else:
            result.update(rule)
    return result


def or_null(schema: Mapping[str, Any]) -> Schema:
    """Return a schema that holds for null as well: a property that is null is not there."""
    kind = schema.get("type")
    if kind is None and "enum" not in schema:
        return {"anyOf": [schema, {"type": "null"}]} if schema else {}
    widened = dict(schema)
    if kind is not None:
        widened["type"] = [*([kind] if isinstance(kind, str) else kind), "null"]
    if "enum" in schema:
        widened["enum"] = [*schema["enum"], None]
    if any(key in schema for key in ("allOf", "oneOf", "anyOf", "if", "not")):
        return {"anyOf": [dict(schema), {"type": "null"}]}
    return widened

"""Pieces of JSON Schema that several rules say themselves with."""

import itertools

from shared.definitions.shape import Keywords


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

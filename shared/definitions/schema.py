"""JSON Schema (2020-12) of what Leeway accepts, made of the tables that the checks work with.

Editors complete and check with it. What needs more than one document, or the meaning of a query,
only `leeway validate` can tell.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.definitions.keyword import Schema, given, having, merged, or_null, when
from shared.definitions.kind import DEFAULT_VERSIONS
from shared.definitions.openslo.kafka import CONNECTION_DETAILS, RATIO_METRIC
from shared.definitions.openslo.metadata import METADATA
from shared.definitions.openslo.sli import METRIC_SOURCE
from shared.definitions.openslo.slo import INDICATOR
from shared.definitions.openslo.source import DATA_SOURCE
from shared.definitions.own.annotation import ANNOTATIONS, PREFIX, Annotation
from shared.definitions.shape import (
    Anything,
    Check,
    Either,
    Field,
    Keywords,
    KindName,
    Length,
    ListOf,
    MapOf,
    Mode,
    Number,
    Shape,
    Struct,
    Switch,
    Text,
    Texts,
    Whole,
)
from shared.definitions.validate import REFERENCE_CHECKS
from shared.domain.duration import UNITS

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXTS: Schema = {"type": ["string", "array"], "items": {"type": "string"}}
_SCALARS: dict[type[Shape], Schema] = {
    Anything: {},
    Text: {"type": "string"},
    Texts: _TEXTS,
    Number: {"type": "number"},
    Whole: {"type": "integer"},
    Switch: {"type": "boolean"},
    KindName: {"type": "string"},  # which, the rules of each table say
}
_OF_KAFKA = having("type", {"type": "string", "pattern": "^[kK][aA][fF][kK][aA]$"})


def json_schema() -> Schema:
    """Return the schema of a file of definitions: one, or a list of them."""
    writer = _Writer()
    kinds: dict[str, Schema] = {}
    for tables in DEFAULT_VERSIONS.values():
        for kind, table in tables.items():
            kinds[kind] = {"title": kind, **writer.write(table, kind)}
    one = {
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": {"enum": list(DEFAULT_VERSIONS)},
            "kind": {"enum": list(kinds)},
        },
        "allOf": [when(having("kind", {"const": kind}), _ref(kind)) for kind in kinds],
    }
    several = {"type": "array", "items": _ref("definition")}
    return {
        "$schema": DIALECT,
        "title": "Definitions of Leeway: OpenSLO v1 and its own kinds",
        "if": {"type": "array"},
        "then": several,
        "else": _ref("definition"),
        "$defs": {"definition": one, **kinds, **writer.in_place},
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


@dataclass(slots=True)
class _Writer:
    """Writes schemas of shapes; `in_place` collects those of kinds inside other definitions."""

    in_place: dict[str, Schema] = field(default_factory=dict)

    def write(self, shape: Shape, kind: str) -> Schema:
        """Return the schema of what has this shape in a definition of this kind, null aside."""
        match shape:
            case Struct():
                return self._struct(shape, kind)
            case Either():
                return self._either(shape)
            case ListOf():
                return {"type": "array", "items": self.write(shape.item, kind)}
            case MapOf():
                return self._map(shape, kind)
            case Length():
                return _length(shape)
            case _:
                return dict(_SCALARS[type(shape)])

    def _struct(self, shape: Struct, kind: str) -> Schema:
        if shape is INDICATOR.table:
            kind = "SLI"
        properties = {one.name: self._field(one, kind) for one in shape.fields}
        if shape is METADATA:
            properties["annotations"] = _annotations(properties["annotations"], kind)
        schema: Schema = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        if required := [one.name for one in shape.fields if one.required & Mode.DEFAULT]:
            schema["required"] = required
        rules = [check.schema for check in shape.checks if check.mode & Mode.DEFAULT]
        return merged(schema, [*rules, *self._of_kafka(shape, kind)])

    def _of_kafka(self, shape: Struct, kind: str) -> Iterable[Keywords]:
        """Yield what the checks ask of sources of type kafka beside their table."""
        if shape is DATA_SOURCE:
            details = {"connectionDetails": self.write(CONNECTION_DETAILS, kind)}
            yield when(_OF_KAFKA, {**given("connectionDetails"), "properties": details})
        elif shape is METRIC_SOURCE:
            spec = {"spec": self.write(RATIO_METRIC, kind)}
            yield when(_OF_KAFKA, {**given("metricSourceRef"), "properties": spec})

    def _field(self, one: Field, kind: str) -> Schema:
        schema = self.write(one.shape, kind)
        if one.checked & Mode.DEFAULT:
            schema = merged(schema, _rules(one.checks))
        if one.required & Mode.DEFAULT:
            return {"minLength": 1, **schema} if isinstance(one.shape, Text) else schema
        if one.omit_empty and len(schema) > 1:
            return {"anyOf": [schema, {"enum": ["", None]}]}
        return or_null(schema)

    def _either(self, shape: Either) -> Schema:
        name = f"{shape.kind}InPlace"
        if name not in self.in_place:
            self.in_place[name] = self.write(shape.inline, shape.kind)
        reference = Field(shape.reference, Text(), Mode.DEFAULT, checks=REFERENCE_CHECKS)
        return {"oneOf": [self.write(Struct((reference,)), shape.kind), _ref(name)]}

    def _map(self, shape: MapOf, kind: str) -> Schema:
        values = merged(self.write(shape.item, kind), _rules(shape.values))
        schema: Schema = {"type": "object", "additionalProperties": or_null(values)}
        if shape.keys:
            schema["propertyNames"] = merged({}, _rules(shape.keys))
        return schema


def _length(shape: Length) -> Schema:
    text: Schema = {"type": "string", "pattern": f"^[0-9]{{1,9}}[{UNITS}]$"}
    if not shape.zero:
        text["not"] = {"pattern": "^0+[^0-9]$"}
    if not shape.minutes:
        return text
    return {"anyOf": [text, {"type": "number", "exclusiveMinimum": 0}]}


def _annotations(schema: Schema, kind: str) -> Schema:
    """Name ours, so that editors complete them, and refuse those that do not exist."""
    own = ANNOTATIONS.get(kind, {})
    known = {PREFIX + name: _annotation(annotation) for name, annotation in own.items()}
    refused: Schema = {"pattern": f"^{PREFIX}"}
    if known:
        refused["not"] = {"enum": list(known)}
    names = {**schema["propertyNames"], "not": refused}
    return {**schema, "properties": known, "propertyNames": names}


def _annotation(annotation: Annotation) -> Schema:
    schema = merged({"type": "string"}, _rules((annotation.check,)))
    return {"description": annotation.about, **or_null(schema)}


def _rules(checks: Iterable[Check]) -> list[Keywords]:
    return [check.schema for check in checks if check.mode & Mode.DEFAULT]

"""What data sources and metric sources of type `kafka` hold, where OpenSLO leaves it open."""

from shared.definitions.rule import matches, none_of, one_of
from shared.definitions.shape import Check, Field, Mode, Struct, Text

OWN_TOPICS = ("leeway.counts.v1", "leeway.dead-letters.v1")

_TOPIC: tuple[Check, ...] = (
    matches(r"[a-zA-Z0-9._-]{1,249}", "cannot be the name of a topic"),
    none_of(".", "..", because="cannot be the name of a topic"),
    none_of(*OWN_TOPICS, because="is Leeway's own, it holds no events"),
)
_FIELD = matches(
    r"""[^.\s"'`\\\x00-\x1f\x7f]+(\.[^.\s"'`\\\x00-\x1f\x7f]+)*""",
    "is no field; write it like duration_ms or meta.time, without quotes, blanks and \\",
)


def _field(name: str, *, required: bool = False) -> Field:
    return Field(name, Text(), Mode.BOTH if required else Mode.NEVER, checks=(_FIELD,))


CONNECTION_DETAILS = Struct(
    (
        Field("topic", Text(), required=Mode.BOTH, checks=_TOPIC),
        Field("format", Text(), checks=(one_of("json"),)),
        _field("timestampField"),
        _field("idField"),
        _field("weightField"),
    )
)

RATIO_METRIC = Struct((Field("query", Text()), _field("valueField"), _field("weightField")))

THRESHOLD_METRIC = Struct(
    (Field("query", Text()), _field("valueField", required=True), _field("weightField"))
)

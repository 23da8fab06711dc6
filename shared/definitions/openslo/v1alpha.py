"""OpenSLO v1alpha, which only the reference tool reads: the strict mode gives its verdict."""

from collections.abc import Iterator

from shared.definitions.openslo.indicator import OPERATOR, Object, objectives_of
from shared.definitions.openslo.metadata import DESCRIPTION, ONE_ITEM, definition
from shared.definitions.openslo.slo import CALENDAR, rolling_or_calendar
from shared.definitions.openslo.source import SERVICE
from shared.definitions.rule import (
    above,
    at_least,
    at_most,
    below,
    dns_label,
    matches,
    max_length,
    one_of,
)
from shared.definitions.shape import (
    Field,
    Finding,
    ListOf,
    Mode,
    Number,
    Struct,
    StructCheck,
    Switch,
    Text,
    Whole,
)
from shared.definitions.validate import MISSING, tested

API_VERSION = "openslo/v1alpha"

_LETTERS = matches("[a-zA-Z]+", "consists of more than letters")
_UNITS = one_of("Second", "Day", "Week", "Month", "Quarter")
_SLICE_TARGET = (at_least(0), at_most(1))

_METADATA = Field(
    "metadata",
    Struct(
        (
            Field("name", Text(), required=Mode.BOTH, checks=(dns_label(),)),
            Field("displayName", Text(), omit_empty=True, checks=(max_length(63),)),
        )
    ),
    required=Mode.BOTH,
)

_METRIC = Struct(
    (
        Field("source", Text(), required=Mode.BOTH, checks=(_LETTERS,)),
        Field("queryType", Text(), required=Mode.BOTH, checks=(_LETTERS,)),
        Field("query", Text(), required=Mode.BOTH, checks=(matches(r"(?s)\s*\S.*", "is empty"),)),
    )
)

_RATIO = Struct((Field("good", _METRIC), Field("total", _METRIC), Field("incremental", Switch())))


def _one_metric(spec: Object) -> Iterator[Finding]:
    ratio = any(o.get("ratioMetrics") is not None for o in objectives_of(spec))
    if ratio == (spec.get("indicator") is not None):
        yield Finding((), "either indicator or ratioMetrics in the objectives must be given")


def _operator(objective: Object) -> Iterator[Finding]:
    op = objective.get("op")
    if objective.get("ratioMetrics") is not None:
        if op:
            yield Finding(("op",), "a ratio metric is compared with nothing; leave op out")
    elif not op:
        yield Finding(("op",), MISSING)
    else:
        for message in tested(op, (OPERATOR,), Mode.BOTH):
            yield Finding(("op",), message)


def _slices(spec: Object) -> Iterator[Finding]:
    sliced = spec.get("budgetingMethod") == "Timeslices"
    for position, objective in enumerate(objectives_of(spec) if sliced else ()):
        target, path = objective.get("timeSliceTarget"), ("objectives", position, "timeSliceTarget")
        if target is None:
            yield Finding(path, MISSING)
            continue
        for message in tested(target, _SLICE_TARGET, Mode.BOTH):
            yield Finding(path, message)


_OBJECTIVE = Struct(
    (
        Field("displayName", Text(), checks=(max_length(1050),)),
        Field("value", Number(), nullable=True, required=Mode.BOTH),
        Field("ratioMetrics", _RATIO, nullable=True),
        Field(
            "target",
            Number(),
            nullable=True,
            required=Mode.BOTH,
            checks=(at_least(0), below(1)),
        ),
        Field("timeSliceTarget", Number(), nullable=True, checked=Mode.NEVER),
        Field("op", Text(), checked=Mode.NEVER),
    ),
    checks=(StructCheck(_operator),),
)

_TIME_WINDOW = Struct(
    (
        Field("unit", Text(), required=Mode.BOTH, checks=(_UNITS,)),
        Field("count", Whole(), checks=(above(0),)),
        Field("isRolling", Switch()),
        Field("calendar", CALENDAR, nullable=True),
    ),
    checks=(StructCheck(rolling_or_calendar),),
)

_SLO = Struct(
    (
        DESCRIPTION,
        Field("service", Text(), required=Mode.BOTH),
        Field(
            "indicator",
            Struct((Field("thresholdMetric", _METRIC, required=Mode.BOTH),)),
            nullable=True,
        ),
        Field(
            "budgetingMethod",
            Text(),
            required=Mode.BOTH,
            checks=(one_of("Occurrences", "Timeslices"),),
        ),
        Field("timeWindows", ListOf(_TIME_WINDOW), checks=(ONE_ITEM,)),
        Field("objectives", ListOf(_OBJECTIVE)),
    ),
    checks=(StructCheck(_one_metric), StructCheck(_slices)),
)

KINDS: dict[str, Struct] = {
    "Service": definition(API_VERSION, "Service", SERVICE, metadata=_METADATA),
    "SLO": definition(API_VERSION, "SLO", _SLO, metadata=_METADATA),
}
"""The table of each kind."""

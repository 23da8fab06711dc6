"""The objectives of an SLO: targets, slices, comparisons and weights."""

from collections.abc import Iterator

from shared.definitions.keyword import given, having, when
from shared.definitions.openslo.indicator import (
    OPERATOR,
    IndicatorPlace,
    Object,
    objectives_of,
)
from shared.definitions.rule import above, at_least, at_most, below, exactly_one, share
from shared.definitions.shape import (
    Field,
    Finding,
    Keywords,
    Length,
    ListOf,
    Mode,
    Number,
    Struct,
    Text,
)
from shared.definitions.validate import MISSING, strict_length, tested

SLICED = ("Timeslices", "RatioTimeslices")

_SLICE_TARGET = (above(0), at_most(1))


def objectives_with(place: IndicatorPlace) -> ListOf:
    """Return the table of objectives that may hold an indicator of their own."""
    return ListOf(
        Struct(
            (
                Field("displayName", Text()),
                Field("op", Text(), checked=Mode.DEFAULT, checks=(OPERATOR,)),
                Field("value", Number(), nullable=True),
                Field("target", Number(), nullable=True, checks=(at_least(0), share())),
                Field("targetPercent", Number(), nullable=True, checks=(at_least(0), below(100))),
                Field(
                    "timeSliceTarget",
                    Number(),
                    nullable=True,
                    checked=Mode.DEFAULT,
                    checks=_SLICE_TARGET,
                ),
                Field("timeSliceWindow", Length(minutes=True), nullable=True, checked=Mode.DEFAULT),
                *place.fields(),
                Field(
                    "compositeWeight",
                    Number(),
                    nullable=True,
                    checked=Mode.DEFAULT,
                    checks=(above(0),),
                ),
            ),
            checks=(exactly_one("target", "targetPercent"),),
        )
    )


def slices_given(spec: Object) -> Iterator[Finding]:
    """The methods that count slices need their length; Timeslices needs their target too."""
    method = spec.get("budgetingMethod")
    for position, objective in enumerate(objectives_of(spec) if method in SLICED else ()):
        if method == "Timeslices" and objective.get("timeSliceTarget") is None:
            yield Finding(("objectives", position, "timeSliceTarget"), MISSING)
        if objective.get("timeSliceWindow") is None:
            yield Finding(("objectives", position, "timeSliceWindow"), MISSING)


def _slices_needed(method: str, *names: str) -> Keywords:
    each = {"allOf": [given(name) for name in names]}
    return when(
        having("budgetingMethod", {"const": method}),
        {"properties": {"objectives": {"items": each}}},
    )


SLICES_GIVEN: Keywords = {
    "allOf": [
        _slices_needed("Timeslices", "timeSliceTarget", "timeSliceWindow"),
        _slices_needed("RatioTimeslices", "timeSliceWindow"),
    ]
}
"""What `slices_given` says, as a schema."""


def strict_slices(spec: Object) -> Iterator[Finding]:
    """The reference tool looks at slices only where the budgeting method uses them."""
    method = spec.get("budgetingMethod")
    for position, objective in enumerate(objectives_of(spec) if method in SLICED else ()):
        target, window = objective.get("timeSliceTarget"), objective.get("timeSliceWindow")
        if method == "Timeslices" and target is not None:
            for message in tested(target, _SLICE_TARGET, Mode.STRICT):
                yield Finding(("objectives", position, "timeSliceTarget"), message)
        for finding in strict_length(window) if window is not None else ():
            yield finding.below("objectives", position, "timeSliceWindow")

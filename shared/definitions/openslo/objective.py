"""The objectives of an SLO: targets, slices, comparisons, and the parts of a composite."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.definitions.openslo.alert import OPERATOR
from shared.definitions.openslo.metadata import METADATA_FIELD
from shared.definitions.openslo.sli import SLI
from shared.definitions.rule import (
    above,
    at_least,
    at_most,
    at_most_one,
    below,
    dns_label,
    exactly_one,
    long_name,
)
from shared.definitions.shape import (
    Field,
    Finding,
    Length,
    ListOf,
    Mode,
    Number,
    Struct,
    Text,
)
from shared.definitions.validate import MISSING, strict_length, tested, validate

Object = Mapping[str, Any]

SLICED = ("Timeslices", "RatioTimeslices")

INDICATOR = Struct((METADATA_FIELD, Field("spec", SLI)))

_NAME = (dns_label(Mode.STRICT), long_name(Mode.DEFAULT))
_SLICE_TARGET = (above(0), at_most(1))

INDICATOR_FIELDS = (
    Field("indicator", INDICATOR, nullable=True, checked=Mode.DEFAULT),
    Field("indicatorRef", Text(), nullable=True, checked=Mode.DEFAULT, checks=_NAME),
)
"""Where an indicator may be given; the strict rules about it are in `indicator_findings`."""

OBJECTIVE = Struct(
    (
        Field("displayName", Text()),
        Field("op", Text(), checked=Mode.DEFAULT, checks=(OPERATOR,)),
        Field("value", Number(), nullable=True),
        Field("target", Number(), nullable=True, checks=(at_least(0), below(1))),
        Field("targetPercent", Number(), nullable=True, checks=(at_least(0), below(100))),
        Field(
            "timeSliceTarget",
            Number(),
            nullable=True,
            checked=Mode.DEFAULT,
            checks=_SLICE_TARGET,
        ),
        Field("timeSliceWindow", Length(minutes=True), nullable=True, checked=Mode.DEFAULT),
        *INDICATOR_FIELDS,
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

OBJECTIVES = ListOf(OBJECTIVE)


def objectives_of(spec: Object) -> list[Object]:
    """Return the objectives that a spec holds."""
    return [objective or {} for objective in spec.get("objectives") or ()]


def has_indicator(holder: Object) -> bool:
    """Whether an indicator is given here, in place or by name."""
    return holder.get("indicator") is not None or holder.get("indicatorRef") is not None


def is_composite(spec: Object) -> bool:
    """Whether any objective has an indicator of its own."""
    return any(has_indicator(objective) for objective in objectives_of(spec))


def placement(spec: Object) -> Iterator[Finding]:
    """An indicator is either the SLO's own, or inside the objectives of a composite."""
    composite, own = is_composite(spec), has_indicator(spec)
    wanted = "indicator or indicatorRef belongs either into spec or into the objectives"
    if composite and own:
        yield Finding((), f"{wanted}, not into both")
    if not composite and not own:
        yield Finding((), f"{wanted}; none is given")


def one_indicator(spec: Object) -> Iterator[Finding]:
    """An indicator is given in place or by name, not both; each part of a composite has one."""
    yield from at_most_one("indicator", "indicatorRef").test(spec)
    rule = exactly_one if is_composite(spec) else at_most_one
    for position, objective in enumerate(objectives_of(spec)):
        for finding in rule("indicator", "indicatorRef").test(objective):
            yield finding.below("objectives", position)


def strict_indicators(spec: Object) -> Iterator[Finding]:
    """What the reference tool asks of indicators, and of weights once there are parts."""
    yield from indicator_findings(spec)
    if not is_composite(spec):
        return
    for position, objective in enumerate(objectives_of(spec)):
        for finding in indicator_findings(objective):
            yield finding.below("objectives", position)
        weight = objective.get("compositeWeight")
        for message in tested(weight, (above(0),), Mode.STRICT) if weight is not None else ():
            yield Finding(("objectives", position, "compositeWeight"), message)


def indicator_findings(holder: Object) -> Iterator[Finding]:
    """What the reference tool asks of one indicator; of two it only says that they are two."""
    if not has_indicator(holder):
        return
    both = list(at_most_one("indicator", "indicatorRef").test(holder))
    yield from both
    if not both and holder.get("indicator") is not None:
        for finding in validate(holder["indicator"], INDICATOR, Mode.STRICT):
            yield finding.below("indicator")
    elif not both:
        for message in tested(holder["indicatorRef"], _NAME, Mode.STRICT):
            yield Finding(("indicatorRef",), message)


def slices_given(spec: Object) -> Iterator[Finding]:
    """The methods that count slices need their length; Timeslices needs their target too."""
    method = spec.get("budgetingMethod")
    for position, objective in enumerate(objectives_of(spec) if method in SLICED else ()):
        if method == "Timeslices" and objective.get("timeSliceTarget") is None:
            yield Finding(("objectives", position, "timeSliceTarget"), MISSING)
        if objective.get("timeSliceWindow") is None:
            yield Finding(("objectives", position, "timeSliceWindow"), MISSING)


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


def strict_comparisons(spec: Object) -> Iterator[Finding]:
    """The reference tool ties op and value to the metric of the SLO's own inline indicator."""
    sli = (spec.get("indicator") or {}).get("spec") or {}
    for position, objective in enumerate(objectives_of(spec)):
        for finding in _comparison(sli, objective):
            yield finding.below("objectives", position)


def _comparison(sli: Object, objective: Object) -> Iterator[Finding]:
    value, op = objective.get("value"), objective.get("op")
    if sli.get("ratioMetric") is not None:
        given = (("value", value is not None), ("op", bool(op)))
        for name in (name for name, is_given in given if is_given):
            yield Finding((name,), f"a ratio metric is compared with nothing; leave {name} out")
    if sli.get("thresholdMetric") is not None:
        if value is None:
            yield Finding(("value",), MISSING)
        if not op:
            yield Finding(("op",), MISSING)
        for message in tested(op, (OPERATOR,), Mode.STRICT) if op else ():
            yield Finding(("op",), message)

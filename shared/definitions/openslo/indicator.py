"""Where an SLO keeps its indicator, and what the objectives must then say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.definitions.keyword import any_given, having, not_both, one_given, when
from shared.definitions.rule import above, at_most_one, dns_label, exactly_one, long_name, one_of
from shared.definitions.shape import Field, Finding, Keywords, Mode, Struct, Text
from shared.definitions.validate import MISSING, tested, validate

Object = Mapping[str, Any]

OPERATOR = one_of("gt", "lt", "gte", "lte")

_NAME = (dns_label(Mode.STRICT), long_name(Mode.DEFAULT))


def objectives_of(spec: Object) -> list[Object]:
    """Return the objectives that a spec holds."""
    return [objective or {} for objective in spec.get("objectives") or ()]


@dataclass(frozen=True, slots=True)
class IndicatorPlace:
    """The two properties that can give an indicator: in place, or by name."""

    inline: str
    reference: str
    table: Struct

    def fields(self) -> tuple[Field, Field]:
        """Return the two properties; the strict rules about them are in `strict`."""
        return (
            Field(self.inline, self.table, nullable=True, checked=Mode.DEFAULT),
            Field(self.reference, Text(), nullable=True, checked=Mode.DEFAULT, checks=_NAME),
        )

    def is_given(self, holder: Object) -> bool:
        """Whether an indicator is given here."""
        return holder.get(self.inline) is not None or holder.get(self.reference) is not None

    def is_composite(self, spec: Object) -> bool:
        """Whether any objective has an indicator of its own."""
        return any(self.is_given(objective) for objective in objectives_of(spec))

    def placement(self, spec: Object) -> Iterator[Finding]:
        """An indicator is either the SLO's own, or inside the objectives of a composite."""
        composite, own = self.is_composite(spec), self.is_given(spec)
        wanted = f"{self.inline} or {self.reference} belongs into spec or into the objectives"
        if composite and own:
            yield Finding((), f"{wanted}, not into both")
        if not composite and not own:
            yield Finding((), f"{wanted}; none is given")

    def placed(self) -> Keywords:
        """Return what `placement` says, as a schema."""
        return {"oneOf": [any_given(self.inline, self.reference), self._composite()]}

    def _composite(self) -> Keywords:
        part = any_given(self.inline, self.reference)
        return having("objectives", {"type": "array", "contains": part})

    def one(self) -> Keywords:
        """Return what `only_one` says, as a schema."""
        names = (self.inline, self.reference)
        each = {"properties": {"objectives": {"items": one_given(*names)}}}
        at_most_one_each = {"properties": {"objectives": {"items": not_both(*names)}}}
        composite = when(self._composite(), each)
        return {"allOf": [not_both(*names), at_most_one_each, composite]}

    def only_one(self, spec: Object) -> Iterator[Finding]:
        """An indicator is given in place or by name; each part of a composite has one."""
        yield from at_most_one(self.inline, self.reference).test(spec)
        rule = exactly_one if self.is_composite(spec) else at_most_one
        for position, objective in enumerate(objectives_of(spec)):
            for finding in rule(self.inline, self.reference).test(objective):
                yield finding.below("objectives", position)

    def strict(self, spec: Object) -> Iterator[Finding]:
        """What the reference tool asks of indicators, and of weights once there are parts."""
        yield from self._strict_one(spec)
        if not self.is_composite(spec):
            return
        for position, objective in enumerate(objectives_of(spec)):
            for finding in self._strict_one(objective):
                yield finding.below("objectives", position)
            weight = objective.get("compositeWeight")
            for message in tested(weight, (above(0),), Mode.STRICT) if weight is not None else ():
                yield Finding(("objectives", position, "compositeWeight"), message)

    def _strict_one(self, holder: Object) -> Iterator[Finding]:
        """Of two indicators the reference tool only says that they are two."""
        if not self.is_given(holder):
            return
        both = list(at_most_one(self.inline, self.reference).test(holder))
        yield from both
        if not both and holder.get(self.inline) is not None:
            for finding in validate(holder[self.inline], self.table, Mode.STRICT):
                yield finding.below(self.inline)
        elif not both:
            for message in tested(holder[self.reference], _NAME, Mode.STRICT):
                yield Finding((self.reference,), message)

    def strict_comparisons(self, spec: Object) -> Iterator[Finding]:
        """The reference tool ties op and value to the metric of the SLO's own inline indicator."""
        sli = (spec.get(self.inline) or {}).get("spec") or {}
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

"""Composites: several parts, each with an indicator and a budget of its own, seen as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle import budget
from tests.oracle.alert import One
from tests.oracle.budget import Seen, evaluated, interval_of
from tests.oracle.promise import Objective
from tests.oracle.slicing import sliced, slices_in
from tests.oracle.window import HOUR, Interval


@dataclass(frozen=True)
class Part:
    """One objective of a composite and its weight."""

    objective: Objective
    seen: Seen
    weight: Fraction = Fraction(1)


def weighted(values: Sequence[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    """The sum of weight * value over those known; None when none is."""
    known = [weight * value for weight, value in values if value is not None]
    return sum(known, Fraction(0)) if known else None


def consumed(parts: Sequence[Part]) -> Fraction | None:
    """The share of the budget that the parts consumed together (Occurrences)."""
    return weighted(
        [(one.weight, evaluated(one.objective, one.seen).so_far.consumed) for one in parts]
    )


def burn_rate(parts: Sequence[Part], length: int) -> Fraction | None:
    """The burn of the parts together over a length (Occurrences)."""
    return weighted(
        [(one.weight, budget.burn_rate(one.objective, one.seen, length)) for one in parts]
    )


def events_bad(parts: Sequence[Part], length: int) -> int:
    """How many events of all parts were bad over a length."""
    return sum(One(one.objective, one.seen).events_bad(length) for one in parts)


def remaining(parts: Sequence[Part]) -> Fraction | None:
    """What is left of all budgets together; in a calendar window of those of the whole period."""
    left = [(one.weight, One(one.objective, one.seen).remaining()) for one in parts]
    spent = weighted([(weight, None if one is None else 1 - one) for weight, one in left])
    return None if spent is None else 1 - spent


@dataclass(frozen=True)
class Joint:
    """All parts of a composite that counts occurrences, as its alerts see them (docs/alerts.md)."""

    parts: Sequence[Part]

    @property
    def at(self) -> int:
        return self.parts[0].seen.at

    def burn_rate(self, length: int) -> Fraction | None:
        return burn_rate(self.parts, length)

    def events_bad(self, length: int) -> int:
        return events_bad(self.parts, length)

    def remaining(self) -> Fraction | None:
        return remaining(self.parts)

    def exhausted_at(self) -> Fraction | None:
        first = self.parts[0]
        burn = burn_rate(self.parts, HOUR)
        return budget.spent_at(first.objective, self.at, self.remaining(), burn)


def joint_sli(parts: Sequence[Part]) -> Fraction | None:
    """The share of slices that are bad for no part (Timeslices)."""
    interval = interval_of(parts[0].objective, parts[0].seen.at)
    verdicts: dict[Interval, list[Fraction]] = {}
    for one in parts:
        found = sliced(
            one.objective, one.seen.counts, interval, one.seen.watermark, one.seen.counted_since
        )
        for verdict in found.verdicts:
            verdicts.setdefault(verdict.slice, []).append(verdict.value)
    joint = [
        min(verdicts[where])
        for where in slices_in(parts[0].objective, interval)
        if where in verdicts
    ]
    return sum(joint, Fraction(0)) / len(joint) if joint else None


def ratio_sli(parts: Sequence[Part]) -> Fraction | None:
    """1 - the sum of weight * (1 - SLI), not below 0 (RatioTimeslices)."""
    lost = []
    for one in parts:
        sli = evaluated(one.objective, one.seen).measure.sli
        lost.append((one.weight, None if sli is None else 1 - sli))
    total = weighted(lost)
    return None if total is None else max(Fraction(0), 1 - total)


def without_data(parts: Sequence[Part]) -> list[int]:
    """Which parts have no data."""
    return [
        number
        for number, one in enumerate(parts)
        if evaluated(one.objective, one.seen).measure.sli is None
    ]

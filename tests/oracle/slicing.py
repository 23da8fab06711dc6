"""Slices: where they lie, and what each of them says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.calendar import CalendarWindow, period_at
from tests.oracle.event import Count
from tests.oracle.promise import Objective, Slices
from tests.oracle.window import Interval, bucket, rounded_down


@dataclass(frozen=True)
class Verdict:
    """What a counted slice says: a ratio; for slices with a target it is 0 or 1."""

    slice: Interval
    value: Fraction


def slice_at(objective: Objective, at: int) -> Interval:
    """The slice that `at` lies in."""
    assert objective.slices is not None
    length = objective.slices.length
    if isinstance(objective.window, CalendarWindow):
        period = period_at(objective.window, at)
        start = period.start + rounded_down(at - period.start, length)
        return Interval(start, min(start + length, period.end))
    start = rounded_down(at, length)
    return Interval(start, start + length)


def slices_in(objective: Objective, interval: Interval) -> Iterator[Interval]:
    """The slices that start in the interval, whose start is first rounded down to the slices'."""
    found = slice_at(objective, interval.start)
    while found.start < interval.end:
        yield found
        found = slice_at(objective, found.end)


def data_of(objective: Objective, counts: Sequence[Count]) -> dict[Interval, tuple[int, int]]:
    """Good and total of every slice that has any data at all."""
    data: dict[Interval, tuple[int, int]] = {}
    for count in counts:
        where = slice_at(objective, bucket(count.at))
        good, total = data.get(where, (0, 0))
        data[where] = (good + count.good, total + count.total)
    return {where: (good, total) for where, (good, total) in data.items() if total > 0}


def judged(slices: Slices, good: int, total: int) -> Fraction:
    """What a slice with data says."""
    ratio = min(Fraction(good, total), Fraction(1))
    if slices.target is None:
        return ratio
    return Fraction(1 if ratio >= slices.target else 0)


def verdict_of(
    objective: Objective,
    data: dict[Interval, tuple[int, int]],
    where: Interval,
    counted_since: int,
) -> Fraction | None:
    """What one slice says; None when it is not counted."""
    slices = objective.slices
    assert slices is not None
    if where in data:
        return judged(slices, *data[where])
    if slices.no_data in {"good", "bad"}:
        begin = min([counted_since, *(one.start for one in data)])
        if where.start < begin:
            return None
        return Fraction(1 if slices.no_data == "good" else 0)
    if slices.no_data == "carry":
        before = [one for one in data if one.start < where.start]
        if not before:
            return None
        last = max(before, key=lambda one: one.start)
        if where.end > last.end + slices.silence_after:
            return None
        return judged(slices, *data[last])
    return None


@dataclass(frozen=True)
class Sliced:
    """The slices of an interval at a watermark."""

    ended: int
    """How many slices have ended."""
    verdicts: tuple[Verdict, ...]
    """Those of them that count."""

    @property
    def sli(self) -> Fraction | None:
        """The mean of what the counted slices say; None when none counts."""
        if not self.verdicts:
            return None
        return sum((one.value for one in self.verdicts), Fraction(0)) / len(self.verdicts)

    @property
    def coverage(self) -> Fraction | None:
        """Counted slices of those that have ended."""
        return Fraction(len(self.verdicts), self.ended) if self.ended else None


def sliced(
    objective: Objective,
    counts: Sequence[Count],
    interval: Interval,
    watermark: int,
    counted_since: int,
) -> Sliced:
    """What the slices of an interval say, of those that ended by the watermark."""
    data = data_of(objective, counts)
    ended = 0
    verdicts: list[Verdict] = []
    for where in slices_in(objective, interval):
        if where.end > watermark:
            continue
        ended += 1
        value = verdict_of(objective, data, where, counted_since)
        if value is not None:
            verdicts.append(Verdict(where, value))
    return Sliced(ended, tuple(verdicts))


def slices_of_period(objective: Objective, at: int) -> int:
    """How many slices a calendar period has, counted or not."""
    assert isinstance(objective.window, CalendarWindow)
    period = period_at(objective.window, at)
    return sum(1 for _ in slices_in(objective, Interval(period.start, period.end)))

"""Slices: where they lie, and what each of them says."""

from bisect import bisect_left
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
    """The slices that start in the interval."""
    found = slice_at(objective, interval.start)
    while found.start < interval.end:
        if found.start >= interval.start:
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
    ratio = Fraction(min(max(0, good), total), total)
    if slices.target is None:
        return ratio
    return Fraction(1 if ratio >= slices.target else 0)


def empty_verdict(
    objective: Objective,
    data: dict[Interval, tuple[int, int]],
    where: Interval,
    last: Interval | None,
    begin: int,
) -> Fraction | None:
    """What a slice without data says, `last` being the last before it that has some."""
    slices = objective.slices
    assert slices is not None
    if slices.no_data in {"good", "bad"} and where.start >= begin:
        return Fraction(1 if slices.no_data == "good" else 0)
    if slices.no_data != "carry" or last is None:
        return None
    if where.end > last.end + slices.silence_after:
        return None
    return judged(slices, *data[last])


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
    assert objective.slices is not None
    data = data_of(objective, counts)
    with_data = sorted(data, key=lambda one: one.start)
    begin = min([counted_since, *(one.start for one in data)])
    ended = 0
    verdicts: list[Verdict] = []
    for where in slices_in(objective, interval):
        if where.end > watermark:
            continue
        ended += 1
        value: Fraction | None
        if where in data:
            value = judged(objective.slices, *data[where])
        else:
            earlier = bisect_left(with_data, where.start, key=lambda one: one.start)
            last = with_data[earlier - 1] if earlier else None
            value = empty_verdict(objective, data, where, last, begin)
        if value is not None:
            verdicts.append(Verdict(where, value))
    return Sliced(ended, tuple(verdicts))


def slices_of_period(objective: Objective, at: int) -> int:
    """How many slices a calendar period has, counted or not."""
    assert isinstance(objective.window, CalendarWindow)
    period = period_at(objective.window, at)
    return sum(1 for _ in slices_in(objective, Interval(period.start, period.end)))

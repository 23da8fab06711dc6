"""Which buckets a rolling window covers."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.event import Count

BUCKET = 10
MINUTE = 60
QUARTER_HOUR = 15 * MINUTE
HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Interval:
    """`[start, end)` in seconds since 1970."""

    start: int
    end: int


def rounded_down(seconds: int, grid: int) -> int:
    """The last multiple of `grid` at or before."""
    return seconds - seconds % grid


def end_at(at: int) -> int:
    """`at`, rounded up to the end of its bucket: what is in progress counts."""
    return -rounded_down(-at, BUCKET)


def resolution(length: int) -> int:
    """What serves a window of this length."""
    if length <= HOUR:
        return BUCKET
    if length <= 6 * HOUR:
        return MINUTE
    if length <= 3 * DAY:
        return QUARTER_HOUR
    return HOUR


def rolling(length: int, at: int) -> Interval:
    """The interval that a rolling window covers at a moment."""
    end = end_at(at)
    return Interval(rounded_down(end - length, resolution(length)), end)


def bucket(at: Fraction) -> int:
    """The start of the bucket of an event."""
    return rounded_down(int(at // 1), BUCKET)


@dataclass(frozen=True)
class Sum:
    """Good and total over an interval; counted apart, what is good lies between 0 and the total."""

    good: int
    total: int

    @property
    def bad(self) -> int:
        """What was not good."""
        return self.total - self.good


def summed(counts: Iterable[Count], interval: Interval) -> Sum:
    """What lies in the buckets that start in the interval."""
    good = total = 0
    for count in counts:
        if interval.start <= bucket(count.at) < interval.end:
            good += count.good
            total += count.total
    return Sum(min(max(0, good), total), total)

"""What is taken out of numerator and denominator (docs/definitions.md, docs/adr/0014)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from tests.oracle.calendar import instant
from tests.oracle.event import Event, Test
from tests.oracle.window import BUCKET, DAY, Interval, bucket, end_at, rounded_down

NEVER = -(1 << 60)


@dataclass(frozen=True)
class Again:
    """Times that come again: days of a civil calendar on which something begins.

    `freq` is DAILY, WEEKLY or MONTHLY; `weekdays` count from Monday, 0, and are empty where the
    weekday of the start is meant. A month without the day of the start is left out.
    """

    start: str
    zone: str
    duration: int
    freq: str
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    count: int | None = None

    def is_on(self, day: date) -> bool:
        """Tell whether it begins on a day, `count` aside (RFC 5545, 3.3.10)."""
        first = datetime.fromisoformat(self.start).date()
        if self.freq == "DAILY":
            return (day - first).days % self.interval == 0
        if self.freq == "WEEKLY":
            monday = first - timedelta(days=first.weekday())
            weekdays = self.weekdays or (first.weekday(),)
            return (day - monday).days // 7 % self.interval == 0 and day.weekday() in weekdays
        months = (day.year - first.year) * 12 + day.month - first.month
        return months % self.interval == 0 and day.day == first.day

    def days(self, until: date) -> Iterator[date]:
        """Yield the days on which it begins, up to one."""
        day = datetime.fromisoformat(self.start).date()
        found = 0
        while day <= until and found != self.count:
            if self.is_on(day):
                found += 1
                yield day
            day += timedelta(days=1)

    def intervals(self, until: int) -> list[Interval]:
        """When it is in force, of all that begins before some moment."""
        return list(_occurrences(self, until // DAY + 2))


@lru_cache(maxsize=10_000)
def _occurrences(again: Again, until: int) -> tuple[Interval, ...]:
    time = datetime.fromisoformat(again.start).time()
    last = date(1970, 1, 1) + timedelta(days=until)
    starts = [instant(datetime.combine(day, time), again.zone) for day in again.days(last)]
    return tuple(Interval(start, start + again.duration) for start in starts)


@dataclass(frozen=True)
class Exclusion:
    """Time that does not count, or with `test` the events in it that pass.

    A test is for events that became known while some exclusion had it: `known` are those moments,
    each from after the first until the second. Without a test the past is restated.
    """

    times: Interval | Again
    test: Test | None = None
    known: Sequence[tuple[int, int]] = ()

    def takes_out(self, event: Event, known_at: int) -> bool:
        """Tell whether an event does not count."""
        if self.test is not None:
            known = any(since < known_at <= gone for since, gone in self.known)
            if not known or not self.test(event.fields):
                return False
        at = bucket(event.at)
        found = [self.times]
        if isinstance(self.times, Again):
            found = list(self.times.intervals(at + BUCKET))
        return any(covers(one, at) for one in found if isinstance(one, Interval))


def covers(interval: Interval, at: int) -> bool:
    """Tell whether a bucket lies in an interval, which is rounded outwards to buckets."""
    return rounded_down(interval.start, BUCKET) <= at < end_at(interval.end)


def remaining(exclusions: Iterable[Exclusion], event: Event, known_at: int) -> bool:
    """Tell whether an event counts."""
    return not any(one.takes_out(event, known_at) for one in exclusions)

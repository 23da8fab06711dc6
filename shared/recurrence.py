"""Times that come again: RFC 5545 recurrence rules in the civil time of a zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

_FEWEST = 86_400  # seconds that are looked through at once


@dataclass(frozen=True, slots=True)
class Recurring:
    """Intervals of `duration` seconds that begin when `rule` says, counted from `start`.

    `start` is civil, as `YYYY-MM-DD HH:MM:SS`. A civil time that a clock change skips is taken as
    so much later, one that occurs twice as the first of the two.
    """

    rule: str
    start: str
    duration: int
    time_zone: str

    def between(self, low: int, high: int) -> Sequence[tuple[int, int]]:
        """Return the intervals that overlap `[low, high)`, in seconds, in order."""
        days = (low - self.duration) // _FEWEST, -(-high // _FEWEST)
        return [one for one in _occurrences(self, *days) if one[0] < high and low < one[1]]


@lru_cache(maxsize=10_000)
def _occurrences(times: Recurring, first: int, last: int) -> tuple[tuple[int, int], ...]:
    """Return the intervals that begin on these days since the epoch, and a day around them."""
    low, high = (datetime.fromtimestamp(day * _FEWEST, UTC) for day in (first - 1, last + 1))
    found = rule_of(times.rule, times.start).between(
        low.replace(tzinfo=None), high.replace(tzinfo=None), inc=True
    )
    starts = [_instant(civil, times.time_zone) for civil in found]
    return tuple((start, start + times.duration) for start in starts)


@lru_cache(maxsize=1_000)
def rule_of(rule: str, start: str) -> rrule | rruleset:
    """Return a rule that begins at a civil time; raises ValueError."""
    return rrulestr(rule, dtstart=datetime.fromisoformat(start))


def _instant(civil: datetime, zone: str) -> int:
    return int(civil.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp())

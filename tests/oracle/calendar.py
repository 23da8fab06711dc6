"""Calendar windows: periods in the civil time of a zone, counted one by one from their start."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

QUARTER_HOUR = 15
DAY = 86_400
LONGEST = {
    "h": 3600,
    "d": DAY + 3600,
    "w": 7 * DAY + 3600,
    "M": 31 * DAY,
    "Q": 92 * DAY,
    "Y": 366 * DAY,
}
"""How many seconds a unit has at most."""


@dataclass(frozen=True)
class CalendarWindow:
    """`[start + k * duration, start + (k + 1) * duration)` in civil time."""

    start: str
    """ISO 8601, civil time, without zone."""
    zone: str
    count: int
    unit: str
    """One of h, d, w, M, Q, Y, as durations are written."""


@dataclass(frozen=True)
class Period:
    """One turn of a calendar window, in seconds since 1970."""

    start: int
    end: int


def civil(window: CalendarWindow, k: int) -> datetime:
    """The civil time at which the k-th period starts (k may be negative)."""
    first = datetime.fromisoformat(window.start)
    first -= timedelta(minutes=first.minute % QUARTER_HOUR, seconds=first.second)
    n = k * window.count
    if window.unit == "h":
        assert k == 0
        return first
    if window.unit == "d":
        return first + timedelta(days=n)
    if window.unit == "w":
        return first + timedelta(days=7 * n)
    months = n * {"M": 1, "Q": 3, "Y": 12}[window.unit]
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = min(first.day, monthrange(year, month + 1)[1])
    return first.replace(year=year, month=month + 1, day=day)


def instant(moment: datetime, zone: str) -> int:
    """A civil time as seconds since 1970; of a repeated hour the first, a skipped one shifted."""
    seconds = moment.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp()
    assert seconds == int(seconds)
    return int(seconds)


@lru_cache(maxsize=100_000)
def start_of(window: CalendarWindow, k: int) -> int:
    """When the k-th period starts, in seconds since 1970; hours are elapsed time."""
    if window.unit == "h":
        return instant(civil(window, 0), window.zone) + k * window.count * 3600
    return instant(civil(window, k), window.zone)


@lru_cache(maxsize=100_000)
def period_at(window: CalendarWindow, at: int) -> Period:
    """The period that `at` lies in: guess which, and walk from there, one period at a time."""
    k = (at - start_of(window, 0)) // (window.count * LONGEST[window.unit])
    while start_of(window, k) > at:
        k -= 1
    while start_of(window, k + 1) <= at:
        k += 1
    return Period(start_of(window, k), start_of(window, k + 1))


def period_before(window: CalendarWindow, period: Period) -> Period:
    """The period that ends where this one starts."""
    return period_at(window, period.start - 1)

"""Periods of calendar windows: civil time in an IANA zone, as seconds since the epoch.

Months, quarters and years are counted from the start by calendar arithmetic (the end of a short
month clamps, the 31st comes back in the next long one); days and weeks are civil, so that a day may
have 23 or 25 hours; hours are elapsed time. A civil time that a clock change skips is taken as the
same number of minutes after the change, one that occurs twice as the first of the two.
"""

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from shared.domain.slo import CalendarWindow

QUARTER_HOUR = 900
HOUR = 3600
DAY = 24 * HOUR
_MONTHS = {"M": 1, "Q": 3, "Y": 12}
_DAYS = {"d": 1, "w": 7}


def period_at(window: CalendarWindow, at: int) -> tuple[int, int]:
    """Return `(from, to)` of the period that holds the moment `at`; `to` is the next one's start.

    Periods go on before the window's start as they do after it.
    """
    return _period_at(window, at // QUARTER_HOUR * QUARTER_HOUR)


@lru_cache(maxsize=65_536)
def _period_at(window: CalendarWindow, at: int) -> tuple[int, int]:
    """Return the period of a quarter hour: as periods begin on these, all of it lies in one."""
    number = _estimate(window, at)
    while period_start(window, number) > at:
        number -= 1
    while period_start(window, number + 1) <= at:
        number += 1
    return period_start(window, number), period_start(window, number + 1)


def period_before(window: CalendarWindow, start: int) -> tuple[int, int]:
    """Return the period that ends where the one that starts at `start` begins."""
    return period_at(window, start - 1)


def periods_until(window: CalendarWindow, at: int, count: int) -> list[tuple[int, int]]:
    """Return the period that holds `at` and those before it, the latest first, `count` in all."""
    periods = [period_at(window, at)]
    while len(periods) < count:
        periods.append(period_before(window, periods[-1][0]))
    return periods


def longest_period(unit: str, count: int) -> int:
    """Return how many seconds a period of so many units lasts at most."""
    if unit == "h":
        return count * HOUR
    if unit in _DAYS:
        days = count * _DAYS[unit]
    else:
        years, months = divmod(count * _MONTHS[unit], 12)
        days = years * 366 + months * 31
    return days * DAY + DAY  # a clock change


def periods_within(window: CalendarWindow, seconds: int) -> int:
    """Return how many periods at most end within so many seconds."""
    shortest = {"h": HOUR, "d": 23 * HOUR, "w": 7 * DAY - HOUR, "M": 28 * DAY - HOUR}
    rest = 89 * DAY if window.unit == "Q" else 365 * DAY
    return 1 + seconds // (window.count * shortest.get(window.unit, rest))


@lru_cache(maxsize=65_536)
def period_start(window: CalendarWindow, number: int) -> int:
    """Return when the period with this number begins; number 0 begins at the window's start.

    Rounded down to a quarter hour, which is what calendar totals are kept by.
    """
    start, steps = _civil_start(window), number * window.count
    if window.unit == "h":
        return _instant(start, window.time_zone) + steps * HOUR
    if window.unit in _DAYS:
        return _instant(start + timedelta(days=steps * _DAYS[window.unit]), window.time_zone)
    return _instant(_add_months(start, steps * _MONTHS[window.unit]), window.time_zone)


def _civil_start(window: CalendarWindow) -> datetime:
    return datetime.fromisoformat(window.start).replace(tzinfo=None)


def _estimate(window: CalendarWindow, at: int) -> int:
    """Return a period number that is off by one or two at most."""
    start = _civil_start(window)
    if window.unit == "h":
        return (at - _instant(start, window.time_zone)) // (window.count * HOUR)
    local = datetime.fromtimestamp(at, ZoneInfo(window.time_zone)).replace(tzinfo=None)
    if window.unit in _DAYS:
        return (local - start).days // (window.count * _DAYS[window.unit])
    months = (local.year - start.year) * 12 + local.month - start.month
    return months // (window.count * _MONTHS[window.unit])


def _add_months(civil: datetime, months: int) -> datetime:
    year, month = divmod(civil.year * 12 + civil.month - 1 + months, 12)
    return civil.replace(
        year=year, month=month + 1, day=min(civil.day, monthrange(year, month + 1)[1])
    )


def _instant(civil: datetime, zone: str) -> int:
    instant = int(civil.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp())
    return instant // QUARTER_HOUR * QUARTER_HOUR

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calendar import QUARTER_HOUR, period_at, period_before, period_start
from shared.domain.slo import CalendarWindow

HOUR = 3600
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]


def window(text: str, start: str = "2026-01-01 00:00:00", zone: str = "UTC") -> CalendarWindow:
    return CalendarWindow(int(text[:-1]), text[-1], text, start, zone)


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def hours(bounds: tuple[int, int]) -> float:
    return (bounds[1] - bounds[0]) / HOUR


@pytest.mark.parametrize(
    ("zone", "noon", "length"),
    [
        ("Europe/Berlin", "2026-03-29 12:00", 23),
        ("Europe/Berlin", "2026-10-25 12:00", 25),
        ("Europe/Berlin", "2026-06-01 12:00", 24),
        ("Australia/Lord_Howe", "2026-10-04 03:00", 23.5),
        ("Australia/Lord_Howe", "2026-04-05 03:00", 24.5),
        ("Asia/Kathmandu", "2026-03-29 12:00", 24),
    ],
)
def test_a_civil_day_is_as_long_as_the_zone_says(zone: str, noon: str, length: float) -> None:
    assert hours(period_at(window("1d", zone=zone), seconds(noon))) == length


@pytest.mark.parametrize(
    ("number", "start"),
    [
        (0, "2026-01-31"),
        (1, "2026-02-28"),
        (2, "2026-03-31"),
        (3, "2026-04-30"),
        (25, "2028-02-29"),
    ],
)
def test_the_end_of_a_short_month_clamps_and_the_31st_comes_back(number: int, start: str) -> None:
    monthly = window("1M", "2026-01-31 00:00:00")

    assert period_start(monthly, number) == seconds(start)


def test_a_leap_day_is_the_last_of_february_in_other_years() -> None:
    assert period_start(window("1Y", "2024-02-29 00:00:00"), 1) == seconds("2025-02-28")


def test_a_quarter_has_three_months() -> None:
    quarter = period_at(window("1Q"), seconds("2026-05-17"))

    assert quarter == (seconds("2026-04-01"), seconds("2026-07-01"))


def test_midnight_in_kathmandu_is_a_quarter_past_six_in_the_evening() -> None:
    start, _ = period_at(window("1d", zone="Asia/Kathmandu"), seconds("2026-05-17 20:00"))

    assert start == seconds("2026-05-17 18:15")


def test_a_start_that_the_clock_skips_lies_after_the_change() -> None:
    nightly = window("1d", "2026-03-28 02:30:00", "Europe/Berlin")

    assert period_start(nightly, 1) == seconds("2026-03-29 01:30")


def test_hours_are_elapsed_time() -> None:
    shifts = window("6h", "2026-03-28 00:00:00", "Europe/Berlin")

    assert all(
        hours((period_start(shifts, n), period_start(shifts, n + 1))) == 6 for n in range(12)
    )


def test_periods_go_on_before_the_start() -> None:
    assert period_at(window("1M"), seconds("2025-11-11")) == (
        seconds("2025-11-01"),
        seconds("2025-12-01"),
    )


@given(
    count=st.integers(1, 5),
    unit=st.sampled_from("hdwMQY"),
    start=st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - civil time
    zone=st.sampled_from(ZONES),
    at=st.integers(seconds("2010-01-01"), seconds("2040-01-01")),
)
def test_every_moment_lies_in_exactly_one_period(
    count: int, unit: str, start: datetime, zone: str, at: int
) -> None:
    calendar = window(f"{count}{unit}", start.isoformat(" ", "seconds"), zone)

    since, until = period_at(calendar, at)

    assert since <= at < until
    assert since % QUARTER_HOUR == until % QUARTER_HOUR == 0
    assert period_at(calendar, until)[0] == until
    assert period_before(calendar, since)[1] == since

"""Calendar periods and default tiers of the product, against the oracle's."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calendar import period_at, period_before
from shared.domain.default_policy import default_policies
from shared.domain.slo import CalendarWindow
from tests.oracle import calendar
from tests.oracle.tier import tiers
from tests.oracle.window import DAY, HOUR, MINUTE

ZONES = st.sampled_from(
    [
        *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"),
        *("America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "Asia/Kolkata"),
    ]
)
STARTS = st.datetimes().map(
    lambda at: at.replace(
        year=2010 + at.year % 20, minute=at.minute // 15 * 15, second=0, microsecond=0
    )
)
LENGTHS = {"h": HOUR, "d": DAY, "w": 7 * DAY, "M": 30 * DAY, "Q": 91 * DAY, "Y": 365 * DAY}


@given(STARTS, ZONES, st.integers(1, 14), st.sampled_from("hdwMQY"), st.floats(-300, 300))
def test_periods(start: datetime, zone: str, count: int, unit: str, away: float) -> None:
    text = str(start)
    window = CalendarWindow(count, unit, f"{count}{unit}", text, zone)
    naive = calendar.CalendarWindow(text, zone, count, unit)
    at = int(start.timestamp() + away * LENGTHS[unit])
    at = min(max(at, 1_000_000_000), 2_000_000_000)

    period = calendar.period_at(naive, at)
    before = calendar.period_before(naive, period)

    assert period_at(window, at) == (period.start, period.end)
    assert period_before(window, period.start) == (before.start, before.end)


@given(
    st.one_of(
        st.integers(1, 24 * 60).map(lambda n: n * MINUTE),
        st.integers(1, 1000).map(lambda n: n * HOUR),
        st.integers(1, 400).map(lambda n: n * DAY),
    ),
    st.sampled_from(["0.9", "0.5", "0.99", "0.999", "0.93", "0.05"]),
)
def test_default_tiers(window: int, target: str) -> None:
    found = [
        (one.condition.lookback, one.condition.short_window, float(one.condition.threshold))
        for one in default_policies(window, Decimal(target))
    ]

    assert found == [
        (one.lookback, one.short, float(one.threshold))
        for one in tiers(window, 1 - Fraction(target))
    ]

"""What was counted in past calendar periods is exact, or not given at all."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.api.counted_period import CountedPeriod, counted_periods
from services.api.figures import Count, Facts
from shared.domain.calendar import QUARTER_HOUR, period_at
from shared.domain.slo import CalendarWindow
from shared.history import Timeline
from shared.rows import NOBODY
from tests.unit.api.world import NOW, key_of, slo_of

DAY = 86_400
REACH = 40 * DAY
SLO = slo_of()
NO_FACTS = Facts({}, {}, {}, {}, {})

windows = st.builds(
    lambda unit, start, zone: CalendarWindow(1, unit, f"1{unit}", start, zone),
    st.sampled_from("hdwM"),
    st.sampled_from(["2026-01-01 00:00:00", "2026-01-31 04:45:00"]),
    st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)


def line_of(counted: dict[int, int]) -> Timeline:
    """Return a timeline of quarter hours up to now; `counted` is bad events by quarter hour."""
    edges = np.arange(NOW - REACH, NOW + 1, QUARTER_HOUR)
    counts = np.zeros((2, len(edges), 2), np.int64)
    for quarter, bad in counted.items():
        counts[:, quarter + 1, 1] += (1, 1 + bad)
    return Timeline([NOBODY, key_of(SLO)], edges, counts.cumsum(axis=1))


def periods(window: CalendarWindow, line: Timeline, number: int = 12) -> list[CountedPeriod]:
    found = counted_periods(SLO, SLO.objectives[0], window, line, NO_FACTS, at=NOW, number=number)
    return list(found)


@given(windows, st.dictionaries(st.integers(0, REACH // QUARTER_HOUR - 1), st.integers(0, 9)))
def test_each_period_that_is_stored_as_a_whole_has_its_exact_count(
    window: CalendarWindow, counted: dict[int, int]
) -> None:
    for one in periods(window, line_of(counted)):
        inside = [
            bad
            for quarter, bad in counted.items()
            if one.start <= NOW - REACH + quarter * QUARTER_HOUR < one.until
        ]
        stored = NOW - REACH <= one.start < one.until
        expected = Count(len(inside), len(inside) + sum(inside)) if stored else None
        assert one.count == expected


@given(windows)
def test_periods_follow_each_other_from_the_current_one_back(window: CalendarWindow) -> None:
    first, *others = found = periods(window, line_of({}))
    assert (first.start, first.end) == period_at(window, NOW)
    assert first.until == NOW
    assert all(one.until == one.end for one in others)
    assert [one.end for one in others] == [one.start for one in found[:-1]]

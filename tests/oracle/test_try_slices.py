"""The product agrees with the oracle: time slices, full and empty, in all windows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.oracle.case import Case, Promise
from tests.oracle.comparison import agree, agree_when_late
from tests.oracle.strategy import LATE, RULES, STARTS, TARGETS, ZONES, cases

FEW = 15  # ticks
METHODS = st.sampled_from(["Timeslices", "RatioTimeslices"])
SLICE_TARGETS = st.sampled_from(["0.5", "0.9", "0.99"])
NO_DATA = st.sampled_from(["exclude", "good", "bad", "carry"])
SILENCES = st.sampled_from(["1m", "17m", "1h", "1d", "7d"])
GROUPS = st.sampled_from([None, None, "tenant"])
# Windows and slices: not so many slices that the oracle takes long.
ROLLING = [
    *(("5m", "1m"), ("17m", "1m"), ("1h", "4m"), ("61m", "5m"), ("6h", "2m"), ("7h", "20m")),
    *(("1d", "10m"), ("1d", "4m"), ("3d", "12m"), ("4d", "1h"), ("2w", "6h"), ("30d", "1d")),
]
CALENDAR = [
    *(("1h", "1m"), ("5h", "20m"), ("1d", "7h"), ("1d", "5m"), ("1w", "1h"), ("1M", "5h")),
    *(("1h", "4m"), ("5h", "2h"), ("1d", "20m"), ("2d", "1h"), ("1w", "6h"), ("1Q", "1d")),
]


@st.composite
def sliced(draw: DrawFn, *, calendar: bool) -> Promise:
    """A promise over slices."""
    window, length = draw(st.sampled_from(CALENDAR if calendar else ROLLING))
    return Promise(
        target=draw(TARGETS),
        window=window,
        start=draw(STARTS) if calendar else None,
        zone=draw(ZONES) if calendar else "UTC",
        method=draw(METHODS),
        slice=length,
        slice_target=draw(SLICE_TARGETS),
        no_data=draw(NO_DATA),
        silence_after=draw(SILENCES),
        group_by=draw(GROUPS),
        rules=tuple(draw(st.lists(RULES, max_size=1))),
    )


ROLLING_SLICES, CALENDAR_SLICES = sliced(calendar=False), sliced(calendar=True)


@given(cases(ROLLING_SLICES, most_ticks=FEW))
@settings(max_examples=15, derandomize=True)
def test_rolling_windows(case: Case) -> None:
    agree(case)


@given(cases(CALENDAR_SLICES, most_ticks=FEW))
@settings(max_examples=15, derandomize=True)
def test_calendar_windows(case: Case) -> None:
    agree(case)


@given(cases(ROLLING_SLICES | CALENDAR_SLICES, LATE, FEW))
@settings(max_examples=15, derandomize=True)
def test_late_events(case: Case) -> None:
    agree_when_late(case)


@pytest.mark.soak
@given(cases(ROLLING_SLICES | CALENDAR_SLICES, most_ticks=FEW))
@settings(max_examples=10_000)
def test_many(case: Case) -> None:
    agree(case)


@pytest.mark.soak
@given(cases(ROLLING_SLICES | CALENDAR_SLICES, LATE, FEW))
@settings(max_examples=10_000)
def test_many_late_ones(case: Case) -> None:
    agree_when_late(case)

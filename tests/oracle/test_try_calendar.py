"""The product agrees with the oracle: calendar windows, so far and as whole periods."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.case import Case, Promise
from tests.oracle.comparison import agree, agree_when_late
from tests.oracle.strategy import STARTS, TARGETS, VERY_LATE, ZONES, cases

CALENDAR = st.builds(
    Promise,
    target=TARGETS,
    window=st.sampled_from(["1h", "5h", "1d", "2d", "1w", "1M", "1Q", "1Y"]),
    start=STARTS,
    zone=ZONES,
    group_by=st.sampled_from([None, None, "tenant"]),
)


@given(cases(CALENDAR))
@settings(max_examples=30, derandomize=True)
def test_calendar_windows(case: Case) -> None:
    agree(case)


@pytest.mark.soak
@given(cases(CALENDAR))
@settings(max_examples=10_000)
def test_many(case: Case) -> None:
    agree(case)


@pytest.mark.soak
@given(cases(CALENDAR, VERY_LATE))
@settings(max_examples=10_000)
def test_many_late_ones(case: Case) -> None:
    agree_when_late(case)

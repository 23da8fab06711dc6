"""The product agrees with the oracle: whether an objective was ever breached in its window."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.case import Case, Promise
from tests.oracle.comparison import agree_on_breaches
from tests.oracle.strategy import GROUPS, ROLLING, STARTS, TARGETS, ZONES, cases

PERIODS = st.sampled_from(["1h", "5h", "1d", "1w", "1M"])
ROLLS = st.builds(Promise, target=TARGETS, window=ROLLING, group_by=GROUPS)
CALENDAR = st.builds(
    Promise, target=TARGETS, window=PERIODS, start=STARTS, zone=ZONES, group_by=GROUPS
)


@given(cases(ROLLS))
@settings(max_examples=100, derandomize=True)
def test_rolling_windows(case: Case) -> None:
    agree_on_breaches(case)


@given(cases(CALENDAR))
@settings(max_examples=100, derandomize=True)
def test_calendar_windows(case: Case) -> None:
    agree_on_breaches(case)


@pytest.mark.soak
@given(cases(ROLLS | CALENDAR))
@settings(max_examples=20_000)
def test_many(case: Case) -> None:
    agree_on_breaches(case)

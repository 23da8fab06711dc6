"""The product agrees with the oracle: occurrences in rolling windows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.case import Case, Promise
from tests.oracle.comparison import agree, agree_when_late
from tests.oracle.strategy import ROLLING, TARGETS, VERY_LATE, cases

PLAIN = st.builds(Promise, target=TARGETS, window=ROLLING)
GROUPED = st.builds(Promise, target=TARGETS, window=ROLLING, group_by=st.just("tenant"))


@given(cases(PLAIN))
@settings(max_examples=25, derandomize=True)
def test_rolling_windows(case: Case) -> None:
    agree(case)


@given(cases(GROUPED))
@settings(max_examples=20, derandomize=True)
def test_groups(case: Case) -> None:
    agree(case)


@given(cases(PLAIN | GROUPED, VERY_LATE))
@settings(max_examples=15, derandomize=True)
def test_late_events(case: Case) -> None:
    agree_when_late(case)


@pytest.mark.soak
@given(cases(PLAIN | GROUPED))
@settings(max_examples=20_000)
def test_many(case: Case) -> None:
    agree(case)


@pytest.mark.soak
@given(cases(PLAIN | GROUPED, VERY_LATE))
@settings(max_examples=20_000)
def test_many_late_ones(case: Case) -> None:
    agree_when_late(case)

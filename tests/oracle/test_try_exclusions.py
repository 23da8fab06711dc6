"""The product agrees with the oracle: figures without what is excluded, and with it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.case import Case, Promise
from tests.oracle.comparison import agree, agree_when_late
from tests.oracle.strategy import (
    LATE,
    ROLLING,
    RULES,
    STARTS,
    TARGETS,
    ZONES,
    excluding,
    sliced,
)

OCCURRENCES = st.builds(
    Promise,
    target=TARGETS,
    window=ROLLING,
    group_by=st.sampled_from([None, None, "tenant"]),
    rules=st.lists(RULES, max_size=1).map(tuple),
)
CALENDAR = st.builds(
    Promise,
    target=TARGETS,
    window=st.sampled_from(["1h", "1d", "1w", "1M"]),
    start=STARTS,
    zone=ZONES,
)
EVENTS = OCCURRENCES | CALENDAR
SLICES = sliced(calendar=False) | sliced(calendar=True)


@given(excluding(EVENTS))
@settings(max_examples=25, derandomize=True)
def test_events(case: Case) -> None:
    agree(case)


@given(excluding(SLICES))
@settings(max_examples=8, derandomize=True)
def test_excluded_slices(case: Case) -> None:
    agree(case)


@pytest.mark.soak
@given(excluding(EVENTS | SLICES))
@settings(max_examples=10_000)
def test_many(case: Case) -> None:
    agree(case)


@pytest.mark.soak
@given(excluding(EVENTS | SLICES, LATE))
@settings(max_examples=10_000)
def test_many_late_ones(case: Case) -> None:
    agree_when_late(case)

"""The product agrees with the oracle: time slices, full and empty, in all windows."""

import pytest
from hypothesis import given, settings

from tests.oracle.case import Case
from tests.oracle.comparison import agree, agree_when_late
from tests.oracle.strategy import LATE, cases, sliced

FEW = 15  # ticks
ROLLING_SLICES, CALENDAR_SLICES = sliced(calendar=False), sliced(calendar=True)


@given(cases(ROLLING_SLICES, most_ticks=FEW))
@settings(max_examples=15, derandomize=True)
def test_rolling_windows(case: Case) -> None:
    agree(case)


@given(cases(CALENDAR_SLICES, most_ticks=FEW))
@settings(max_examples=15, derandomize=True)
def test_calendar_windows(case: Case) -> None:
    agree(case)


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

"""The product agrees with the oracle about the past: as of a moment, and step by step."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api.history import Course
from tests.oracle.case import Case
from tests.oracle.comparison import lived
from tests.oracle.retrospect import Retrospect
from tests.oracle.strategy import (
    FEW,
    LATE,
    befallen,
    cases,
    events,
    excluding,
    sliced,
)
from tests.oracle.window import DAY, HOUR, MINUTE, rounded_down

PROMISES = events() | sliced(calendar=False) | sliced(calendar=True)
CASES = befallen(cases(PROMISES, LATE, FEW) | excluding(PROMISES, LATE))
AGO = st.sampled_from([0, 1, 10, 13, MINUTE, 7 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY, 12 * DAY])
STEPS = st.sampled_from([10, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, DAY])


def look_back(case: Case, ago: int, step: int) -> None:
    """Fail where an answer about the past is another."""
    case, life = lived(case)
    retrospect = Retrospect(case, life)
    at = case.last - ago
    if ago:
        retrospect.compare_status(at)
    start = rounded_down(at, 10) - 7 * step
    retrospect.compare_history(Course(start, min(start + 10 * step, case.last), step))


@given(CASES, AGO, STEPS)
@settings(max_examples=25, derandomize=True)
def test_the_past(case: Case, ago: int, step: int) -> None:
    look_back(case, ago, step)


@pytest.mark.soak
@given(CASES, AGO, STEPS)
@settings(max_examples=10_000)
def test_many(case: Case, ago: int, step: int) -> None:
    look_back(case, ago, step)

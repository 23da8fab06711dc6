"""The product agrees with the oracle whoever owns the shard, and however its log is cut."""

import pytest
from hypothesis import given, settings

from tests.oracle.case import Case
from tests.oracle.comparison import agree_when_late
from tests.oracle.strategy import (
    FEW,
    LATE,
    VERY_LATE,
    apart,
    befallen,
    cases,
    events,
    excluding,
    sliced,
)

EVENTS = apart(events())
SLICES = apart(sliced(calendar=False) | sliced(calendar=True))


@given(befallen(cases(EVENTS, VERY_LATE, FEW)))
@settings(max_examples=20, derandomize=True)
def test_events(case: Case) -> None:
    agree_when_late(case)


@given(befallen(cases(SLICES, LATE, FEW)))
@settings(max_examples=15, derandomize=True)
def test_slices(case: Case) -> None:
    agree_when_late(case)


@given(befallen(excluding(EVENTS | SLICES, LATE)))
@settings(max_examples=15, derandomize=True)
def test_exclusions(case: Case) -> None:
    agree_when_late(case)


@pytest.mark.soak
@given(
    befallen(cases(EVENTS, VERY_LATE) | cases(SLICES, LATE, FEW) | excluding(EVENTS | SLICES, LATE))
)
@settings(max_examples=10_000)
def test_many(case: Case) -> None:
    agree_when_late(case)

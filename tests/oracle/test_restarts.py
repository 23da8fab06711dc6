"""The product agrees with the oracle whoever owns the shard, and however its log is cut."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.oracle.case import Case, Fate, Promise, Way
from tests.oracle.comparison import agree_when_late
from tests.oracle.strategy import (
    LATE,
    ROLLING,
    RULES,
    STARTS,
    TARGETS,
    VERY_LATE,
    ZONES,
    cases,
    excluding,
    sliced,
)

FEW = 15  # ticks
GROUPS = st.sampled_from([None, None, "tenant"])
ALERTING = st.builds(
    Promise,
    target=TARGETS,
    window=ROLLING,
    group_by=GROUPS,
    rules=st.lists(RULES, max_size=2).map(tuple),
)
CALENDAR = st.builds(
    Promise,
    target=TARGETS,
    window=st.sampled_from(["1h", "5h", "1d", "1w", "1M"]),
    start=STARTS,
    zone=ZONES,
    group_by=GROUPS,
)
EVENTS = ALERTING | CALENDAR
SLICES = sliced(calendar=False) | sliced(calendar=True)
FATES = st.sampled_from(
    [
        *(Fate.NOTHING, Fate.SAVE, Fate.DIE, Fate.SAVE | Fate.DIE, Fate.REPEAT),
        Fate.REPEAT | Fate.SAVE | Fate.DIE,
    ]
)


@st.composite
def befallen(draw: DrawFn, found: SearchStrategy[Case]) -> Case:
    """A case whose evaluator saves and dies, and hears things in parts and more than once."""
    way = Way(partitions=draw(st.integers(1, 3)), halves=draw(st.booleans()))
    fates = draw(st.lists(FATES, min_size=1, max_size=7))
    return replace(draw(found), fates=fates, way=way)


@given(befallen(cases(EVENTS, VERY_LATE, FEW)))
@settings(max_examples=25, derandomize=True)
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

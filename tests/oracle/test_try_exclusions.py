"""The product agrees with the oracle: figures without what is excluded, and with it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.oracle.case import Case, Promise
from tests.oracle.comparison import agree, agree_when_late
from tests.oracle.exclusion import Again
from tests.oracle.strategy import (
    LATE,
    ON_TIME,
    ROLLING,
    RULES,
    STARTS,
    TARGETS,
    ZONES,
    cases,
    sliced,
)
from tests.oracle.waiver import PREDICATES, Waiver
from tests.oracle.window import DAY, HOUR, MINUTE, Interval

FEW = 15  # ticks
LENGTHS = st.sampled_from([1, 10, 59, MINUTE, 15 * MINUTE, HOUR, 7 * HOUR, DAY, 4 * DAY])
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
AGAIN = st.builds(
    Again,
    start=st.sampled_from(
        [
            *("2025-11-24 00:00:00", "2025-11-25 12:15:00", "2025-12-31 23:59:53"),
            *("2026-01-31 02:30:00", "2025-06-01 02:00:00"),
        ]
    ),
    zone=ZONES,
    duration=st.sampled_from([MINUTE, 90 * MINUTE, 7 * HOUR, 25 * HOUR, 3 * DAY]),
    freq=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    interval=st.sampled_from([1, 1, 2, 3]),
    count=st.sampled_from([None, None, 1, 4, 100]),
)
WEEKLY = st.builds(
    lambda again, weekdays: replace(again, freq="WEEKLY", weekdays=weekdays),
    AGAIN,
    st.sampled_from([(6,), (0, 1, 2, 3, 4), (2, 5)]),
)


@st.composite
def excluding(
    draw: DrawFn, promises: SearchStrategy[Promise], delays: SearchStrategy[int] = ON_TIME
) -> Case:
    """A case, and exclusions that begin at or beside some of its events."""
    case = draw(cases(promises, delays, FEW))
    beginnings = st.sampled_from([one.at // 1000 for one in case.happenings]).flatmap(
        lambda at: st.sampled_from([at, at - at % HOUR, at + 1, at - 7, at - DAY])
    )
    once = st.builds(lambda start, length: Interval(start, start + length), beginnings, LENGTHS)
    waivers = st.builds(
        Waiver,
        times=once | AGAIN | WEEKLY,
        predicate=st.none() | st.sampled_from(sorted(PREDICATES)),
        of_service=st.booleans(),
    )
    return replace(case, waivers=draw(st.lists(waivers, min_size=1, max_size=3)))


@given(excluding(EVENTS))
@settings(max_examples=25, derandomize=True)
def test_events(case: Case) -> None:
    agree(case)


@given(excluding(SLICES))
@settings(max_examples=15, derandomize=True)
def test_slices(case: Case) -> None:
    agree(case)


@given(excluding(EVENTS | SLICES, LATE))
@settings(max_examples=15, derandomize=True)
def test_late_events(case: Case) -> None:
    agree_when_late(case)


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

"""The product agrees with the oracle when targets and exclusions change while events come in."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.oracle.case import Amendment, Case
from tests.oracle.comparison import agree_when_late
from tests.oracle.exclusion import NEVER
from tests.oracle.strategy import (
    FEW,
    LATE,
    TARGETS,
    apart,
    befallen,
    cases,
    events,
    sliced,
)
from tests.oracle.waiver import EVER, PREDICATES, Waiver
from tests.oracle.window import DAY, HOUR, MINUTE, Interval, end_at, rounded_down

QUARTER = 15 * MINUTE
EVENTS = apart(events())
SLICES = apart(sliced(calendar=False) | sliced(calendar=True))
REMEMBERED = 7 * DAY  # for so long what nothing defines is kept
LENGTHS = st.sampled_from([QUARTER, HOUR, 7 * HOUR, DAY, 4 * DAY])


@st.composite
def amended(draw: DrawFn, found: SearchStrategy[Case]) -> Case:
    """A case in which the target changes once or more, each time at a tick."""
    case = draw(found)
    moments = [at for at in case.ticks[:-1] if end_at(at) <= case.last]
    assume(moments)
    changes = draw(st.lists(st.sampled_from(moments), min_size=1, max_size=3, unique_by=end_at))
    amendments: list[Amendment] = []
    target = case.promise.target
    for at in sorted(changes):
        before, target = target, draw(TARGETS)
        assume(target != before)
        amendments.append(Amendment(at, target))
    return replace(case, amendments=amendments)


@st.composite
def waived(draw: DrawFn, found: SearchStrategy[Case]) -> Case:
    """A case in which exclusions come and go.

    Time that is excluded afterwards begins and ends on quarter hours, so finely is it stored.
    """
    case = draw(found)
    first = min(one.at for one in case.happenings) // 1000
    assume(case.ticks[:-1] and case.last - first < REMEMBERED)
    moments = st.sampled_from(case.ticks[:-1])
    times = st.builds(
        lambda at, length: Interval(rounded_down(at, QUARTER), rounded_down(at, QUARTER) + length),
        st.sampled_from([one.at // 1000 for one in case.happenings]),
        LENGTHS,
    )
    waivers = st.builds(
        Waiver,
        times=times,
        predicate=st.none() | st.sampled_from(sorted(PREDICATES)),
        since=st.just(NEVER) | moments,
        gone=st.just(EVER) | moments,
    ).filter(lambda one: one.since < one.gone)
    return replace(case, waivers=draw(st.lists(waivers, min_size=1, max_size=3)))


@given(befallen(amended(cases(EVENTS, LATE, FEW))))
@settings(max_examples=15, derandomize=True)
def test_targets_of_events(case: Case) -> None:
    agree_when_late(case)


@given(befallen(amended(cases(SLICES, LATE, FEW))))
@settings(max_examples=15, derandomize=True)
def test_targets_of_slices(case: Case) -> None:
    agree_when_late(case)


@given(befallen(waived(cases(EVENTS | SLICES, LATE, FEW))))
@settings(max_examples=15, derandomize=True)
def test_exclusions(case: Case) -> None:
    agree_when_late(case)


@pytest.mark.soak
@given(befallen(amended(waived(cases(EVENTS | SLICES, LATE, FEW)))))
@settings(max_examples=10_000)
def test_many(case: Case) -> None:
    agree_when_late(case)

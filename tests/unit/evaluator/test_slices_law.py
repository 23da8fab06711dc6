"""Derived rows are what a plain loop makes of the real counts, whatever happens in which order."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.domain import slice_ring
from services.evaluator.domain.sliced import Sliced
from shared.domain.slicing import PARTS, NoData, Slicing
from shared.domain.slo import CalendarWindow
from tests.unit.evaluator.slice_world import (
    DAY,
    HOUR,
    INDICATOR,
    MINUTE,
    NOW,
    World,
    fed,
    sliced,
    slicing,
)

BERLIN = CalendarWindow(1, "d", "1d", "2026-01-01 00:00:00", "Europe/Berlin")
KATHMANDU = CalendarWindow(1, "M", "1M", "2026-01-01 00:00:00", "Asia/Kathmandu")


@pytest.fixture(autouse=True, scope="module")
def _short_ring() -> Any:
    """A plain loop over nine days would take too long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slice_ring, "REACH", 21 * HOUR)
        yield


def rows_of(rule: Slicing) -> list[Sliced]:
    """Derived rows 10.. of every form that an objective can have, on the real rows 0..3."""
    joint = Slicing(rule.grid, False, rule.no_data, rule.silence_after)
    return [
        sliced(10, rule, fed(0)),
        sliced(11, rule, fed(1, allowed=0.0)),
        sliced(12, rule, fed(0, allowed=0.25)),
        sliced(13, rule, fed(2, other=3)),
        sliced(14, rule, fed(2, other=3, bad=True)),
        sliced(15, joint, fed(0), fed(1), fed(2, other=3)),
    ]


rules = st.builds(
    slicing,
    st.sampled_from([60 * n for n in (1, 5, 12, 15, 20, 60, 420, 1440)]),
    ratio=st.booleans(),
    no_data=st.sampled_from(NoData),
    silence=st.sampled_from([MINUTE, 10 * MINUTE, HOUR, 10 * HOUR, DAY]),
    calendar=st.sampled_from([None, BERLIN, KATHMANDU]),
)
near = st.integers(0, 1_200)
ages = st.one_of(near, near, st.integers(-3_000, 60), st.integers(0, 6 * HOUR))
events = st.tuples(st.just("count"), st.sampled_from([0, 0, 1, 2, 3]), ages, st.integers(0, 3))
more = st.one_of(
    st.tuples(st.just("complete"), st.sampled_from([0, 5, 300, 5_000])),
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 60, 600, HOUR, 11 * HOUR])),
    st.tuples(st.just("since"), ages),
    st.tuples(st.sampled_from(["restart", "correct"]), st.just(0)),
)


def correct(world: World, _: int) -> None:
    """Take some counts back, as a change of definitions does inside a chunk."""
    known = [item for item in world.real.items() if item[0][1] >= (world.slices.start or 0)]
    for (row, time), (good, total) in known[:2]:
        world.count((row, time, -good, -total))


def complete(world: World, age: int) -> None:
    world.until = max(world.until, world.at - age)
    world.tick()


def wait(world: World, seconds: int) -> None:
    world.at += seconds
    complete(world, 2 * HOUR)


def count(world: World, row: int, age: int, good: int) -> None:
    world.count((row, world.at - age, good, 3))


def be_counted(world: World, age: int) -> None:
    world.since = {INDICATOR: (world.at - max(age, 0)) * 1000}
    world.tick()


def restart(world: World, _: int) -> None:
    world.restart()


ACTIONS: dict[str, Any] = {
    "count": count,
    "correct": correct,
    "complete": complete,
    "wait": wait,
    "since": be_counted,
    "restart": restart,
}


@settings(max_examples=50, deadline=None)
@given(rules, st.lists(st.one_of(events, events, more), min_size=4, max_size=16))
def test_derived_rows_are_those_of_a_plain_loop(
    rule: Slicing, script: list[tuple[Any, ...]]
) -> None:
    world = World(rows_of(rule), until=NOW - 600)
    for action, *args in script:
        ACTIONS[action](world, *args)
        same(world)


def same(world: World) -> None:
    """Compare what lies in the ring; one part in 10**12 is the rounding of ratios."""
    begin = world.slices.start or 0
    expected = {key: counts for key, counts in world.expected().items() if key[1] >= begin}
    derived = {key: counts for key, counts in world.derived.items() if key[1] >= begin}
    assert derived.keys() == expected.keys()
    for key, counts in expected.items():
        assert derived[key][1] == counts[1]
        assert abs(derived[key][0] - counts[0]) <= (counts[1] == PARTS)

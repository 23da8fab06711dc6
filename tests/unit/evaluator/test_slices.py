"""When slices count, and what changes them later."""

from typing import Any

import numpy as np
import pytest

from services.evaluator.domain.delta import Ints
from services.evaluator.domain.since import Since
from services.evaluator.domain.slices import Heard, Slices
from tests.unit.evaluator.build import deltas
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


def test_a_slice_counts_once_its_end_is_complete() -> None:
    world = World([sliced(1, slicing(), fed(0))])
    start = NOW // 60 * 60
    world.count((0, start, 3, 4), (0, start + 50, 0, 1))
    world.at = start + 70
    world.until = start + 59
    world.tick()
    assert world.derived == {}
    world.until = start + 60
    world.tick()
    assert world.derived == {(1, start): (1, 1)}


def test_a_late_event_restates_the_slice_it_belongs_to() -> None:
    world = World([sliced(1, slicing(), fed(0))])
    start = NOW // 60 * 60 - 8 * DAY + MINUTE
    world.count((0, start, 1, 2))
    world.until = NOW
    world.tick()
    assert world.derived == {(1, start): (1, 1)}
    world.count((0, start, 0, 1))
    assert world.derived == {(1, start): (0, 1)}


def test_what_comes_too_late_for_its_slice_is_counted() -> None:
    world = World([sliced(1, slicing(), fed(0))])
    world.count((0, NOW - 10 * DAY, 1, 2))
    assert (world.derived, world.slices.too_late) == ({}, 2)


def test_a_probe_says_up_until_it_says_down_or_falls_silent() -> None:
    world = World([sliced(1, slicing(no_data="carry", silence=3 * MINUTE), fed(0))])
    start = NOW // 60 * 60 - HOUR
    world.count((0, start, 1, 1), (0, start + 2 * MINUTE, 0, 1))
    world.until = NOW
    world.tick()
    worth = [world.derived.get((1, start + n * MINUTE)) for n in range(-1, 7)]
    good, bad = (1, 1), (0, 1)
    assert worth == [None, good, good, bad, bad, bad, bad, None]


def test_what_was_said_before_goes_on_with_the_next_tick() -> None:
    world = World([sliced(1, slicing(no_data="carry", silence=HOUR), fed(0))])
    start = NOW // 60 * 60 - HOUR
    world.count((0, start, 1, 1))
    for minute in range(1, 4):
        world.until = start + minute * MINUTE
        world.tick()
    assert world.derived == {(1, start + n * MINUTE): (1, 1) for n in range(3)}


def test_a_late_report_changes_what_is_carried_from_it_on() -> None:
    world = World([sliced(1, slicing(no_data="carry", silence=HOUR), fed(0))])
    start = NOW // 60 * 60 - HOUR
    world.count((0, start, 1, 1))
    world.until = start + 5 * MINUTE
    world.tick()
    world.count((0, start + 2 * MINUTE, 0, 1))
    world.until = start + 6 * MINUTE
    world.tick()
    worth = [world.derived[1, start + n * MINUTE] for n in range(6)]
    assert worth == [(1, 1)] * 2 + [(0, 1)] * 4


def test_a_verdict_is_carried_from_beyond_the_ring() -> None:
    world = World([sliced(1, slicing(no_data="carry", silence=7 * DAY), fed(0))])
    start = NOW // 60 * 60
    world.count((0, start - 8 * DAY + MINUTE, 1, 1))
    world.until = start
    world.tick()
    world.at += 3 * DAY
    world.tick()
    world.restart()
    world.count((0, start - 3 * DAY, 0, 1))
    assert world.derived[1, start - 3 * DAY] == (0, 1)
    world.count((0, start - 3 * DAY, 0, -1))
    assert world.derived[1, start - 3 * DAY] == (1, 1)


def test_empty_slices_are_not_invented() -> None:
    world = World([sliced(1, slicing(no_data="bad"), fed(0))], until=NOW)
    assert world.derived == {}
    world.since = {INDICATOR: (NOW - 150) * 1000}
    world.tick()
    assert len(world.derived) == 2
    world.count((0, NOW - 10 * MINUTE, 1, 1))
    assert len(world.derived) == 10


def test_counts_of_a_series_that_came_back_are_new() -> None:
    rows = {100: 0, 101: 1}
    slices = Slices(NOW // 10 * 10)

    def places(series: np.ndarray[Any, np.dtype[np.uint64]]) -> Ints:
        return np.array([rows.get(one, -1) for one in series.tolist()], np.int64)

    one = sliced(1, slicing(), fed(0))
    slices.use([one], places)
    slices.add([Heard(NOW, deltas([(0, NOW - HOUR, 1, 1)]))])
    assert slices.orphans(places) == []
    rows[100] = 2
    assert slices.orphans(places) == [101]
    slices.use([one], places)
    assert not len(slices.advance(NOW // 10 * 10, lambda _: NOW * 1000, Since()))


@pytest.mark.parametrize("no_data", ["exclude", "bad", "carry"])
def test_a_joint_slice_is_bad_when_a_part_is(no_data: str) -> None:
    world = World([sliced(2, slicing(no_data=no_data), fed(0), fed(1))])
    start = NOW // 60 * 60 - HOUR
    world.count((0, start, 1, 1), (1, start, 0, 1), (0, start + MINUTE, 1, 1))
    world.until = start + 2 * MINUTE
    world.tick()
    after = {"exclude": (1, 1), "bad": (0, 1), "carry": (0, 1)}
    assert world.derived == {(2, start): (0, 1), (2, start + MINUTE): after[no_data]}

"""The past that is read out of stored spans is exact between the bounds it comes with."""

import asyncio
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.load import load
from services.evaluator.save import completed, prepare
from shared.domain.bucket import end_of
from shared.domain.window import DAY, HOUR, MINUTE, Rolling
from shared.history import FEWEST, Timeline, timeline
from shared.memory import MemoryShards
from tests.unit.evaluator.build import NOW, Feeder, key_of, slo, watch

CHECKOUT, OTHER = slo("checkout"), slo("other")
SERIES = [key_of(CHECKOUT), key_of(OTHER), 12345]  # nobody counts the last

times = st.one_of(st.integers(0, 3 * HOUR), st.integers(0, 9 * DAY), st.integers(0, 40 * DAY))
events = st.lists(st.tuples(st.integers(0, 1), times, st.integers(1, 5)), max_size=25)
lengths = st.sampled_from([5 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY, 30 * DAY])

Event = tuple[int, int, int]  # series, age in seconds, count


async def stored(counted: list[Event]) -> MemoryShards:
    """Return a store in which an evaluator saved these events, half of them late."""
    store, feeder = MemoryShards(), Feeder()
    loaded = await load(store, 0, 1, watch(CHECKOUT, OTHER), NOW - 2 * DAY)
    shard = loaded.shard
    late = [event for event in counted if event[1] < 2 * DAY]
    early = [event for event in counted if event[1] >= 2 * DAY]
    for offset, (at, batch) in enumerate(
        [(NOW - 2 * DAY, early[::2]), (NOW, early[1::2] + late[::2]), (NOW + 30, late[1::2])]
    ):
        for which, age, total in batch:
            feeder.count(SERIES[which], NOW - age, total - 1, total)
        shard.advance(at, 60)
        shard.apply(offset, at * 1000, feeder.message())
        await store.flush(await completed(store, prepare(shard, loaded.epoch)))
    return store


def naive(counted: list[Event], which: int, start: int, end: int) -> tuple[int, int]:
    totals = [
        total
        for series, age, total in counted
        if series == which and start <= (NOW - age) // 10 * 10 < end
    ]
    return sum(totals) - len(totals), sum(totals)


def look_back(counted: list[Event], start: int, end: int) -> Timeline:
    async def scenario() -> Timeline:
        return await timeline(await stored(counted), 0, SERIES, start, end, NOW + 60)

    return asyncio.run(scenario())


@settings(max_examples=60, deadline=None)
@given(events, times, lengths)
def test_a_window_of_the_past_counts_what_lies_between_its_bounds(
    counted: list[Event], age: int, length: int
) -> None:
    at = NOW - age
    past = look_back(counted, at - length, at)
    for which in (0, 1):
        found = past.window(SERIES[which], at, Rolling(length))
        if found is not None:
            assert (found.good, found.total) == naive(counted, which, found.start, found.end)
            assert 0 <= found.end - end_of(at) < 15 * MINUTE
            assert 0 <= Rolling(length).bounds(found.end)[0] - found.start < 15 * MINUTE


@settings(max_examples=40, deadline=None)
@given(events, times, st.sampled_from([MINUTE, HOUR, 6 * HOUR, DAY]))
def test_steps_touch_and_add_up_to_the_whole(counted: list[Event], age: int, step: int) -> None:
    start, end = NOW - age - 20 * step, NOW - age
    steps = list(look_back(counted, start, end).steps(SERIES[0], start, end, step))
    for one in steps:
        assert (one.good, one.total) == naive(counted, 0, one.start, one.end)
    assert all(one.end == after.start for one, after in pairwise(steps))
    assert steps[0].start - start < 15 * MINUTE
    assert steps[-1].end - end < 15 * MINUTE


def test_now_the_past_is_what_the_evaluator_says() -> None:
    counted = [(0, age, 3) for age in (5, 400, 3000, 5 * HOUR, 2 * DAY, 20 * DAY)]
    past = look_back(counted, NOW - 30 * DAY, NOW)
    for length in (5 * MINUTE, HOUR, 6 * HOUR, 3 * DAY, 30 * DAY):
        found = past.window(SERIES[0], NOW, Rolling(length))
        assert found is not None
        assert (found.start, found.end) == Rolling(length).bounds(NOW)
        assert (found.good, found.total) == naive(counted, 0, *Rolling(length).bounds(NOW))


def test_a_window_of_few_stored_buckets_is_unknown() -> None:
    at = NOW - 20 * DAY  # only quarter hours are left
    past = look_back([(0, 20 * DAY, 3)], at - DAY, at)
    assert past.window(SERIES[0], at, Rolling(5 * MINUTE)) is None
    assert past.window(SERIES[0], at, Rolling(HOUR)) is None
    found = past.window(SERIES[0], at, Rolling(2 * HOUR))
    assert found is not None
    assert found.end - found.start >= FEWEST * 15 * MINUTE


def test_what_was_never_counted_has_counted_nothing() -> None:
    past = look_back([(0, 100, 3)], NOW - DAY, NOW)
    assert [step.total for step in past.steps(SERIES[2], NOW - DAY, NOW, DAY)] == [0]

    async def nothing_stored() -> Timeline:
        return await timeline(MemoryShards(), 0, SERIES, NOW - DAY, NOW, NOW)

    found = asyncio.run(nothing_stored()).window(SERIES[0], NOW, Rolling(DAY))
    assert found is not None
    assert found.total == 0


def test_what_is_older_than_is_kept_is_not_made_up() -> None:
    start = NOW - 500 * DAY
    past = look_back([(0, 100, 3)], start, NOW)
    first = next(past.steps(SERIES[0], start, NOW, 200 * DAY))
    assert first.start >= NOW - 400 * DAY

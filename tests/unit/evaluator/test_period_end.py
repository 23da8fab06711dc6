"""What calendar periods came to is written when they end, and again while it changes."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.domain import period_end
from services.evaluator.domain.shard import Shard
from shared.domain.slo import SLO, CalendarWindow
from shared.domain.window import DAY, HOUR, Calendar
from tests.unit.evaluator.build import DAY_IN_NEPAL, NOW, Feeder, group_name, key_of, slo, watch
from tests.unit.evaluator.mortal import World

DAILY = slo("daily", window=DAY_IN_NEPAL)
GROUPED = slo("grouped", window=DAY_IN_NEPAL, group_by=("tenant",))
TODAY = Calendar(DAY_IN_NEPAL).period(NOW)
Event = tuple[int, int]  # time, count


def send(world: World, feeder: Feeder, owner: Shard) -> None:
    world.log.append((world.at * 1000, feeder.message(complete_until=world.at * 1000)))
    world.catch_up(owner)
    owner.advance(world.at, 60)


def written(world: World, one: SLO = DAILY) -> dict[int, tuple[int | None, int]]:
    """Return good and total of each period that was written, by its start."""
    rows = (row for row in world.store.periods.values() if row.slo == one.name)
    return {int(row.start.timestamp()): (row.good, row.total) for row in rows}


def naive(events: list[Event], at: int) -> dict[int, tuple[int | None, int]]:
    found: dict[int, tuple[int | None, int]] = {}
    for time, count in events:
        start, end = Calendar(DAY_IN_NEPAL).period(time // 10 * 10)
        if end <= at:
            good, total = found.get(start, (0, 0))
            found[start] = ((good or 0) + count - 1, total + count)
    return found


steps = st.lists(
    st.one_of(
        st.tuples(st.just("count"), st.integers(0, 7 * DAY), st.integers(1, 5)),
        st.tuples(st.sampled_from(["save", "crash"]), st.just(0), st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([50, HOUR, 9 * HOUR, DAY, 3 * DAY]), st.just(0)),
    ),
    max_size=25,
)


async def play(script: list[tuple[Any, int, int]]) -> None:
    world, feeder, events = World(watch(DAILY)), Feeder(), list[Event]()
    owner = await world.owner()
    for action, much, count in script:
        if action == "count":
            feeder.count(key_of(DAILY), world.at - much, count - 1, count)
            events.append((world.at - much, count))
            send(world, feeder, owner)
        elif action == "wait":
            await world.save(owner)  # what is late for days is held for eight, and no longer
            world.at += much
            owner.advance(world.at, 60)
        elif action == "save":
            await world.save(owner)
            assert written(world) == naive(events, world.at)
        else:
            owner = await world.owner()
    owner.advance(world.at, 60)
    await world.save(owner)
    assert written(world) == naive(events, world.at)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_each_period_that_is_over_is_written_as_it_came_to_be(
    script: list[tuple[Any, int, int]],
) -> None:
    asyncio.run(play(script))


async def midnight_passed(*slos: SLO) -> tuple[World, Feeder, Shard]:
    """Return a world in which a day ended in which everything counted something."""
    world, feeder = World(watch(*slos)), Feeder()
    owner = await world.owner()
    for one in slos:
        names = [group_name(one, name) for name in "abc"] if one is GROUPED else []
        feeder.names |= {name.series: name for name in names}
        for key in [name.series for name in names] or [key_of(one)]:
            feeder.count(key, NOW, 9, 10)
    send(world, feeder, owner)
    world.at = TODAY[1]
    owner.advance(world.at, 60)
    return world, feeder, owner


def test_a_row_says_what_it_is_the_total_of() -> None:
    async def scenario() -> None:
        world, _, owner = await midnight_passed(GROUPED)
        await world.save(owner)
        row = min(world.store.periods.values(), key=lambda row: row.key)
        assert (row.slo, row.objective, row.group) == ("grouped", "availability", {"tenant": "a"})
        assert (row.window, row.time_zone) == ("1d", "Asia/Kathmandu")
        assert (row.start, row.end) == tuple(datetime.fromtimestamp(at, UTC) for at in TODAY)
        assert (row.good, row.total, row.sli, row.target) == (9, 10, 0.9, 0.99)

    asyncio.run(scenario())


def test_a_period_in_progress_and_hours_are_not_written() -> None:
    async def scenario() -> None:
        hours = slo("hours", window=type(DAY_IN_NEPAL)(5, "h", "5h", "2025-01-01 00:00:00", "UTC"))
        world, _, owner = await midnight_passed(DAILY, hours)
        await world.save(owner)
        assert {row.slo for row in world.store.periods.values()} == {"daily"}
        assert list(written(world)) == [TODAY[0]]

    asyncio.run(scenario())


def test_many_totals_are_spread_over_flushes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(period_end, "AT_ONCE", 2)

    async def scenario() -> None:
        slos = [slo(f"daily-{n}", window=DAY_IN_NEPAL) for n in range(5)]
        world, _, owner = await midnight_passed(*slos)
        sizes = []
        while owner.has_unsaved:
            await world.save(owner)
            sizes.append(len(world.store.periods))
        assert sizes[-1] == 5
        assert all(later - before <= 2 for before, later in pairwise(sizes))
        owner = await world.owner()
        assert not owner.has_unsaved

    asyncio.run(scenario())


@pytest.mark.parametrize("how", ["at once", "while nobody owned the shard"])
def test_an_slo_that_takes_over_a_calendar_in_use_gets_the_periods_that_are_held(how: str) -> None:
    async def scenario() -> None:
        rolling = slo("other")
        world, _, owner = await midnight_passed(DAILY, rolling)
        await world.save(owner)
        assert written(world, rolling) == {}
        world.watch = watch(DAILY, slo("other", window=DAY_IN_NEPAL), revision=2)
        if how == "at once":
            owner.use(world.watch, world.at)
        else:
            owner = await world.owner()
        owner.advance(world.at + 1, 60)
        await world.save(owner)
        assert written(world, rolling) == {TODAY[0]: (9, 10)}
        owner.advance(world.at + 2, 60)
        assert not owner.has_unsaved

    asyncio.run(scenario())


def test_a_new_owner_does_not_write_again_what_is_written() -> None:
    async def scenario() -> None:
        world, _, owner = await midnight_passed(DAILY)
        await world.save(owner)
        world.store.periods.clear()
        owner = await world.owner()
        owner.advance(world.at + 1, 60)
        await world.save(owner)
        assert written(world) == {}

    asyncio.run(scenario())


YEAR = CalendarWindow(1, "Y", "1Y", "2020-01-01 00:00:00", "Europe/Berlin")


@pytest.mark.parametrize("group", [(), ("a",)])
def test_the_year_before_stays_whole_when_its_beginning_is_stored_no_more(
    group: tuple[str, ...],
) -> None:
    yearly = slo("yearly", window=YEAR, group_by=("tenant",) if group else ())
    start, end = Calendar(YEAR, back=1).period(NOW)

    def counts(owner: Shard) -> list[int]:
        plane = owner.counters.windows.index(Calendar(YEAR, back=1))
        good, total = owner.counters.sums[:, plane].max(axis=1).tolist()
        return [good, total]

    async def scenario() -> None:
        world, feeder = World(watch(yearly)), Feeder()
        world.at = start + 20 * DAY
        owner = await world.owner()
        for world.at in (start + 20 * DAY, end - 40 * DAY, end + DAY, NOW, NOW + 600):
            owner.advance(world.at, 60)
            feeder.cut()
            if group:
                feeder.names = {key_of(yearly, *group): group_name(yearly, *group)}
            feeder.count(key_of(yearly, *group), world.at, 60, 100)
            send(world, feeder, owner)
            await world.save(owner)
        assert counts(owner) == [120, 200]
        owner = await world.owner()
        assert counts(owner) == [120, 200]

    asyncio.run(scenario())

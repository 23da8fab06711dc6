"""An evaluator that crashed and came back has the figures of one that never did."""

import asyncio
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.domain import register
from services.evaluator.load import load
from services.evaluator.save import completed, prepare
from shared.domain.errors import Fenced
from shared.domain.slo import Former
from shared.domain.window import DAY, HOUR
from shared.memory import MemoryShards
from shared.sql.shard_rows import Segment
from tests.unit.evaluator.build import (
    DAY_IN_NEPAL,
    MONTH,
    NOW,
    Feeder,
    group_name,
    key_of,
    sliced,
    slo,
    watch,
)
from tests.unit.evaluator.mortal import World, figures

GROUPS = 3
PLAIN, GROUPED = slo("plain", window="90d"), slo("grouped", window="7d", group_by=("tenant",))
PERIODS = slo("plain", window=MONTH), slo("plain", window=DAY_IN_NEPAL)
TURNS = [Former(Decimal("0.9"), NOW - 47), Former(Decimal("0.95"), NOW + 3 * HOUR + 93)]
TURNED = slo("plain", window="30d", former=TURNS), slo("plain", window=MONTH, former=TURNS)
WATCH = watch(PLAIN, GROUPED, *PERIODS, *TURNED)
TENANTS = [group_name(GROUPED, name) for name in "abcdefgh"]


@pytest.fixture(autouse=True, scope="module")
def _few_groups() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(register, "GROUPS", GROUPS)
        yield


ages = st.one_of(
    st.integers(-300, 60),
    st.integers(0, 4 * HOUR),
    st.integers(0, 8 * DAY),
    st.sampled_from([HOUR, 2 * HOUR, 6 * HOUR, 3 * DAY, 7 * DAY]),
)
counted = st.tuples(
    st.just("count"), st.integers(0, 2), st.integers(0, len(TENANTS)), ages, st.integers(1, 5)
)
simple = st.sampled_from(["cut", "send", "repeat", "save", "crash", "save lost and crash"])
passing = st.one_of(st.integers(1, 90), st.sampled_from([HOUR, 9 * HOUR, 2 * DAY, 9 * DAY]))
steps = st.lists(
    st.one_of(
        counted,
        counted,
        st.tuples(simple, st.integers(0, 2)),
        st.tuples(st.just("wait"), passing),
    ),
    max_size=40,
)


def count(feeder: Feeder, what: int, time: int, events: int) -> None:
    if what == len(TENANTS):
        feeder.count(key_of(PLAIN), time, events - 1, events)
    else:
        feeder.names[TENANTS[what].series] = TENANTS[what]
        feeder.count(TENANTS[what].series, time, events - 1, events)


def ingest(world: World, feeders: list[Feeder], action: str, more: list[int]) -> None:
    feeder = feeders[more[0]]
    if action == "count":
        count(feeder, more[1], world.at - more[2], more[3])
    elif action == "repeat":
        world.log += world.log[more[0] * len(world.log) // 3 :][:1]
    else:
        world.log.append((world.at * 1000, feeder.message(complete_until=world.at * 1000)))
        if action == "cut":
            feeder.cut()


async def play(script: list[tuple[Any, ...]]) -> None:
    world, feeders = World(WATCH), [Feeder(partition=p, partitions=3) for p in range(3)]
    steady, mortal = await world.owner(), await world.owner()

    for action, *more in script:
        if action == "wait":
            world.at += more[0]
        elif action in ("count", "send", "cut", "repeat"):
            ingest(world, feeders, action, more)
        for shard in (steady, mortal):
            world.catch_up(shard)
            shard.advance(world.at, 60)
        if action.startswith("save"):
            await world.save(mortal, lost="lost" in action)
        if action.endswith("crash"):
            mortal = await world.owner()
        assert figures(mortal, world.at) == figures(steady, world.at)


@settings(max_examples=80, deadline=None)
@given(steps)
def test_figures_are_those_of_an_owner_that_never_crashed(script: list[tuple[Any, ...]]) -> None:
    asyncio.run(play(script))


def long_script(dice: Random) -> list[tuple[Any, ...]]:
    """Return what hypothesis seldom finds: many groups that come and go over months."""
    acts = ["cut", "send", "send", "repeat", "save", "crash", "save lost and crash"]
    script: list[tuple[Any, ...]] = []
    for _ in range(dice.randint(40, 200)):
        kind = dice.random()
        if kind < 0.5:
            age = dice.choice([dice.randint(-300, 60), dice.randint(0, 8 * DAY), HOUR, 7 * DAY])
            what = dice.randint(0, len(TENANTS))
            script.append(("count", dice.randrange(3), what, age, dice.randint(1, 5)))
        elif kind < 0.62:
            long = dice.choice([HOUR, 9 * HOUR, 2 * DAY, 9 * DAY])
            script.append(("wait", long if dice.random() < 0.4 else dice.randint(1, 90)))
        else:
            script.append((dice.choice(acts), dice.randrange(3)))
    return script


def test_figures_are_the_same_over_months_of_crashes() -> None:
    for seed in range(6):
        asyncio.run(play(long_script(Random(seed))))


@pytest.mark.soak
def test_figures_are_the_same_over_many_months_of_crashes() -> None:
    for seed in range(1_000):
        asyncio.run(play(long_script(Random(seed))))


def test_an_owner_that_was_replaced_cannot_save() -> None:
    async def scenario() -> None:
        world = World(WATCH)
        feeder = Feeder()
        first, epoch = await world.owner(), world.epoch
        await world.owner()
        feeder.count(key_of(PLAIN), NOW, 1, 1)
        world.log.append((NOW * 1000, feeder.message()))
        world.catch_up(first)
        world.epoch = epoch
        with pytest.raises(Fenced):
            await world.save(first)

    asyncio.run(scenario())


def test_a_shard_that_was_never_stored_asks_for_nothing() -> None:
    class Untouched(MemoryShards):
        async def segments(self, *_: Any, **__: Any) -> list[Segment]:
            raise AssertionError

    async def scenario() -> None:
        await load(Untouched(), 0, 1, watch(sliced(PLAIN)), NOW)

    asyncio.run(scenario())


def test_a_flush_that_may_have_been_written_can_be_repeated() -> None:
    async def scenario() -> None:
        world, feeder = World(WATCH), Feeder()
        owner = await world.owner()
        for age in (0, 5 * DAY, 90 * 60):
            feeder.count(key_of(PLAIN), NOW - age, 1, 2)
        world.log.append((NOW * 1000, feeder.message()))
        world.catch_up(owner)
        flush = await completed(world.store, prepare(owner, world.epoch))
        for _ in range(3):
            await world.store.flush(flush)
        assert figures(await world.owner(), NOW) == figures(owner, NOW)

    asyncio.run(scenario())


def test_what_was_counted_on_either_side_of_a_turn_is_known_long_after_it() -> None:
    async def scenario() -> None:
        world, feeder = World(WATCH), Feeder()
        owner = await world.owner()
        turn = TURNS[0].until
        for time, events in ((turn - 10, 300), (turn, 100)):
            feeder.count(key_of(PLAIN), time, events, events)
        world.log.append((NOW * 1000, feeder.message()))
        world.catch_up(owner)
        await world.save(owner)
        world.at += 20 * DAY
        feeder.count(key_of(PLAIN), turn - 20, 100, 100)  # late, and not saved
        world.log.append((NOW * 1000, feeder.message()))
        world.catch_up(owner)
        owner.advance(world.at, 60)
        again = await world.owner()
        again.advance(world.at, 60)
        allowed = figures(again, world.at)["allowed"]
        assert allowed == figures(owner, world.at)["allowed"]
        assert allowed[3] == pytest.approx(0.8 * 0.1 + 0.2 * 0.05)

    asyncio.run(scenario())

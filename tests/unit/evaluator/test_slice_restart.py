"""Slices are the same whether their evaluator crashed or not."""

import asyncio
from random import Random

import pytest

from services.evaluator.domain.shard import Shard
from shared.domain.slicing import PARTS
from shared.domain.window import DAY, HOUR, Rolling
from tests.unit.evaluator.build import (
    DAY_IN_NEPAL,
    REQUESTS,
    Feeder,
    composite,
    group_name,
    key_of,
    sliced,
    slo,
    watch,
)
from tests.unit.evaluator.mortal import World, figures

PLAIN = [
    sliced(slo("exclude"), 300, ratio=True),
    sliced(slo("good", window=DAY_IN_NEPAL), 1_200, no_data="good"),
    sliced(slo("carry", window="90d"), 60, no_data="carry", silence_after=2 * DAY),
    sliced(slo("bad"), DAY, no_data="bad", slice_target="1"),
]
GROUPED = sliced(slo("grouped", group_by=("probe",)), 900, no_data="carry", silence_after=DAY)
TOGETHER = sliced(composite(slo("together"), slo("together", source=REQUESTS)), no_data="carry")
PROBES = [group_name(GROUPED, name) for name in "abc"]
WATCH = watch(*PLAIN, GROUPED, TOGETHER)
COUNTED = [*(key_of(one) for one in (*PLAIN, TOGETHER)), *(probe.series for probe in PROBES)]


async def play(dice: Random) -> None:
    world, feeders = World(WATCH), [Feeder(partition=p, partitions=2) for p in range(2)]
    steady, mortal = await world.owner(), await world.owner()
    for feeder in feeders:
        feeder.names |= {probe.series: probe for probe in PROBES}
    for _ in range(dice.randint(20, 60)):
        crashes = await act(dice, world, feeders, mortal)
        if crashes or dice.random() < 0.1:
            mortal = await world.owner()
        for shard in (steady, mortal):
            world.catch_up(shard)
            shard.advance(world.at, 60)
        assert figures(mortal, world.at) == figures(steady, world.at)


async def act(dice: Random, world: World, feeders: list[Feeder], mortal: Shard) -> bool:
    """Do one thing; return whether it ends the mortal owner."""
    match dice.choice(["count", "count", "count", "send", "send", "wait", "save", "lose", "cut"]):
        case "count":
            age = dice.choice([dice.randint(-300, 60), dice.randint(0, 9 * DAY), HOUR, DAY])
            good = dice.randint(0, 3)
            dice.choice(feeders).count(dice.choice(COUNTED), world.at - age, good, 3)
        case "wait":
            longer = [dice.randint(1, 90), dice.randint(1, 90), HOUR, 9 * HOUR, 2 * DAY, 9 * DAY]
            world.at += dice.choice(longer)
        case "save" | "lose" as how:
            await world.save(mortal, lost=how == "lose")
            return how == "lose"
        case how:
            for feeder in feeders:
                complete = (world.at - dice.randint(0, 120)) * 1000
                world.log.append((world.at * 1000, feeder.message(complete_until=complete)))
                if how == "cut":
                    feeder.cut()
                    feeder.names |= {probe.series: probe for probe in PROBES}
    return False


async def test_a_slice_that_a_long_silence_left_uncounted_is_counted_after_a_restart() -> None:
    one, feeder = PLAIN[0], Feeder()
    world = World(watch(one))
    steady, mortal = await world.owner(), await world.owner()
    feeder.count(key_of(one), world.at, 2, 3)
    for silence in (0, 12 * DAY):
        world.at += silence
        mortal.advance(world.at, 60)
        await world.save(mortal)
        mortal = await world.owner()
        world.log.append((world.at * 1000, feeder.message(complete_until=world.at * 1000)))
        for shard in (steady, mortal):
            world.catch_up(shard)
            shard.advance(world.at, 60)
    sums = steady.counters.sums[1, steady.counters.windows.index(Rolling(30 * DAY, 300))]
    assert sorted(sums.tolist()) == [3, PARTS]
    assert figures(mortal, world.at) == figures(steady, world.at)


def test_slices_are_those_of_an_owner_that_never_crashed() -> None:
    for seed in range(6):
        asyncio.run(play(Random(seed)))


@pytest.mark.soak
def test_slices_are_those_of_an_owner_that_never_crashed_whatever_happens() -> None:
    for seed in range(500):
        asyncio.run(play(Random(seed)))

"""Counts after exclusions: whatever is excluded, and whenever that was said."""

import asyncio
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pytest

from services.evaluator.domain.shard import Shard
from services.evaluator.domain.watch import watched
from shared.domain.corrected import before_exclusions, corrected_series, subtracted_of
from shared.domain.evaluate import holds
from shared.domain.exclusion import Exclusion, Once, meetings
from shared.domain.predicate import Compare, Op, Predicate
from shared.domain.series import series_key
from shared.domain.slicing import slices_key
from shared.domain.slo import SLO, Former, Indicator
from shared.domain.window import DAY, HOUR, MINUTE, Between
from shared.recurrence import Recurring
from tests.unit.evaluator.build import NOW, Feeder, key_of, sliced, slo, watch
from tests.unit.evaluator.mortal import World

START = NOW // DAY * DAY
CLIENT = Compare(("error",), Op.EQ, "client")
ROBOT = Compare(("robot",), Op.EQ, 1)
Event = dict[str, Any]


def exclusion(
    start: int, end: int, predicate: Predicate | None = None, name: str = "one"
) -> Exclusion:
    return Exclusion(name, Once(start, end), predicate, None, "a test", "me")


def excluding(one: SLO, *exclusions: Exclusion) -> SLO:
    found = replace(one, exclusions=exclusions)
    return replace(found, subtracted=subtracted_of(found))


def count(feeder: Feeder, one: SLO, event: Event) -> None:
    """Count an event as ingest does, in every indicator of an SLO that it is valid for."""
    for indicator in one.indicators():
        if holds(indicator.total, event):
            series = series_key(one.name, indicator.key)
            feeder.count(series, event["ts"], int(holds(indicator.good, event)), 1)


def corrected(shard: Shard, one: SLO) -> tuple[int, int]:
    return over_window(shard, corrected_series(one, measure(one)))


def measure(one: SLO) -> Indicator:
    return one.objectives[0].indicator


def over_window(shard: Shard, series: int) -> tuple[int, int]:
    row = int(shard.register.rows.find(np.array([series], np.uint64))[0])
    good, total = shard.counters.sums[:, -1, row].tolist() if row >= 0 else (0, 0)
    return good, total


def series_of(one: SLO) -> int:
    """Return the series of what the budget counts."""
    about = watched(one, one.objectives[0])
    return about.sliced.series if about.sliced else about.series


def since(shard: Shard, series: int, turn: int) -> int:
    """Return the total of a series since its target changed."""
    row = shard.register.rows.find(np.array([series], np.uint64))
    return int(shard.counters.sums[1, shard.counters.windows.index(Between(turn)), row[0]])


def naive(events: list[tuple[Event, SLO]], exclusions: tuple[Exclusion, ...]) -> tuple[int, int]:
    """Count what nothing excludes; a predicate only those events that were counted by it."""
    good = total = 0
    for one, by in events:
        bucket = one["ts"] // 10 * 10
        known = {exclusion.predicate for exclusion in by.exclusions} | {None}
        out = any(
            any(start <= bucket < end for start, end in exclusion.between(bucket, bucket + 10))
            and exclusion.predicate in known
            and (exclusion.predicate is None or holds(exclusion.predicate, one))
            for exclusion in exclusions
        )
        if not out:
            good += one["status"] < 500
            total += 1
    return good, total


def event(dice: Random, span: int = 3 * DAY) -> Event:
    return {
        "ts": NOW - dice.randrange(span),
        "status": dice.choice([200, 200, 500]),
        "error": dice.choice(["client", "none"]),
        "robot": dice.choice([0, 1]),
    }


@dataclass
class Story:
    """A log, and a shard that follows definitions; loaded anew where it cannot follow."""

    one: SLO
    world: World = field(init=False)
    feeder: Feeder = field(default_factory=Feeder)
    events: list[tuple[Event, SLO]] = field(default_factory=list)
    shard: Shard = field(init=False)

    async def begin(self) -> None:
        self.world = World(watch(self.one))
        self.shard = await self.world.owner()

    def send(self, *events: Event) -> None:
        for one in events:
            count(self.feeder, self.one, one)
        self.events += [(one, self.one) for one in events]
        until = self.world.at * 1000
        self.world.log.append((until, self.feeder.message(complete_until=until)))
        self.world.catch_up(self.shard)
        self.shard.advance(self.world.at, 60)

    async def define(self, one: SLO) -> None:
        self.one, self.world.watch = one, watch(one)
        self.feeder.cut()
        if self.shard.reaches(self.world.watch):
            self.shard.use(self.world.watch, self.world.at)
        else:
            await self.restart()
        self.shard.advance(self.world.at, 60)

    async def restart(self, *, save: bool = True) -> None:
        if save:
            await self.world.save(self.shard)
        self.shard = await self.world.owner()
        self.shard.advance(self.world.at, 60)


PLAIN = slo("checkout", window="30d")


def test_time_is_taken_out_of_numerator_and_denominator() -> None:
    async def scenario() -> None:
        one = excluding(PLAIN, exclusion(START + HOUR, START + 2 * HOUR))
        story = Story(one)
        await story.begin()
        ok = {"status": 200, "error": "none", "robot": 0}
        story.send(*(ok | {"ts": START + at} for at in (HOUR - 1, HOUR, 2 * HOUR - 1, 2 * HOUR)))
        assert corrected(story.shard, one) == (2, 2)
        assert over_window(story.shard, key_of(PLAIN)) == (4, 4)

    asyncio.run(scenario())


def test_an_exclusion_reaches_to_both_ends_of_the_buckets_it_begins_and_ends_in() -> None:
    one, times = exclusion(13, 47), np.arange(0, 70, 10)
    assert one.between(0, 70) == [(10, 50)]
    assert times[one.holds(times)].tolist() == [10, 20, 30, 40]
    for start, meets in ((48, True), (50, False)):
        other = exclusion(start, 60)
        assert (one.may_overlap(other), other.may_overlap(one)) == (meets, meets)


def test_an_exclusion_overlaps_nothing_before_its_start_nor_from_its_end_on() -> None:
    once = Once(100, 200)
    asked = [(0, 100), (0, 101), (199, 300), (200, 300)]
    assert [bool(once.between(*interval)) for interval in asked] == [False, True, True, False]


def test_what_two_predicates_exclude_is_taken_out_once() -> None:
    async def scenario() -> None:
        client = exclusion(START, START + 4 * HOUR, CLIENT, "client")
        robot = exclusion(START + 2 * HOUR, START + 6 * HOUR, ROBOT, "robot")
        one = excluding(PLAIN, client, robot)
        assert meetings(one.exclusions) == [(0,), (1,), (0, 1)]
        story, dice = Story(one), Random(1)
        await story.begin()
        for _ in range(20):
            story.send(*(event(dice, 8 * HOUR) for _ in range(5)))
            assert corrected(story.shard, one) == naive(story.events, one.exclusions)

    asyncio.run(scenario())


def test_what_was_counted_for_another_time_is_not_taken_out_twice() -> None:
    async def scenario() -> None:
        client = exclusion(START, START + HOUR, CLIENT, "client")
        robot = exclusion(START + HOUR, START + 2 * HOUR, ROBOT, "robot")
        before = excluding(PLAIN, client, robot)
        later = excluding(PLAIN, client, robot, exclusion(START, START + HOUR, ROBOT, "robots too"))
        story = Story(before)
        await story.begin()
        both = {"ts": START, "status": 500, "error": "client", "robot": 1}
        neither = both | {"error": "none", "robot": 0}
        story.send(both, both | {"error": "none"}, neither)
        await story.define(later)
        assert corrected(story.shard, later) == (0, 1)
        story.send(both, both | {"error": "none"}, neither)
        assert corrected(story.shard, later) == (0, 2)

    asyncio.run(scenario())


def test_only_different_predicates_are_counted_together_where_times_do_not_meet() -> None:
    first, second = exclusion(0, 3600, CLIENT), exclusion(3600, 7200, CLIENT)
    assert meetings((first, second)) == [(0,), (1,)]
    other = exclusion(7200, 9000, ROBOT)
    assert meetings((first, second, other)) == [(0,), (1,), (2,), (0, 2)]
    weekly = Recurring("FREQ=WEEKLY;BYDAY=SU", "2026-01-04 02:00:00", 7200, "Europe/Berlin")
    second, third = replace(second, predicate=ROBOT), replace(first, times=weekly)
    assert meetings((first, second, third)) == [(0,), (1,), (2,), (0, 2), (1, 2)]


@pytest.mark.parametrize("one", [PLAIN, sliced(PLAIN, 10 * MINUTE)], ids=["events", "slices"])
def test_what_was_counted_under_a_former_target_is_known_after_a_restart(one: SLO) -> None:
    async def scenario() -> None:
        turn = START - 12 * HOUR + 20 * MINUTE
        turned = replace(one.objectives[0], former=(Former(Decimal("0.9"), turn),))
        promise = replace(one, objectives=(turned,))
        story = Story(excluding(promise, exclusion(START - DAY, START)))
        await story.begin()
        for away in (-20, -4, -2, 2, 3, 20):
            story.send({"ts": turn + away * MINUTE, "status": 200})
        series = series_of(promise)
        before = since(story.shard, series, turn)

        await story.restart()
        assert since(story.shard, series, turn) == before != 0

        await story.define(promise)
        assert since(story.shard, series, turn) == before

    asyncio.run(scenario())


async def play(dice: Random) -> None:
    story = Story(PLAIN)
    await story.begin()
    for number in range(dice.randint(4, 12)):
        story.send(*(event(dice) for _ in range(dice.randint(0, 6))))
        what = dice.random()
        if what < 0.4:
            kept = tuple(one for one in story.one.exclusions if dice.random() < 0.7)
            await story.define(excluding(PLAIN, *kept, any_exclusion(dice, f"e{number}")))
        elif what < 0.6:
            await story.restart(save=dice.random() < 0.7)
        expected = naive(story.events, story.one.exclusions)
        assert corrected(story.shard, story.one) == expected
        whole = [one["status"] < 500 for one, _ in story.events]
        assert over_window(story.shard, key_of(PLAIN)) == (sum(whole), len(whole))


def any_exclusion(dice: Random, name: str) -> Exclusion:
    start, end = sorted(START + dice.randrange(-2 * DAY, DAY) // 10 * 10 for _ in range(2))
    return exclusion(start, end + 10, dice.choice([None, CLIENT, ROBOT]), name)


def test_exclusions_that_come_and_go_restate_the_past() -> None:
    for seed in range(40):
        asyncio.run(play(Random(seed)))


def test_slices_are_judged_by_what_is_not_excluded() -> None:
    async def scenario() -> None:
        whole = sliced(slo("checkout", window="30d"), MINUTE, slice_target="1")
        one = excluding(whole, exclusion(START, START + MINUTE))
        story = Story(whole)
        await story.begin()
        bad = {"status": 500, "error": "none", "robot": 0}
        story.send(bad | {"ts": START}, bad | {"ts": START + MINUTE})
        await story.define(one)
        objective = one.objectives[0]
        assert over_window(story.shard, slices_key(one, objective)) == (0, 1)
        assert over_window(story.shard, slices_key(before_exclusions(one), objective)) == (0, 2)

    asyncio.run(scenario())


DAYS = 12  # more than the rings of slices hold


def long_story(at: int) -> Event:
    """An event of a service that fails in every third hour."""
    return {"ts": at, "status": 200 if at // HOUR % 3 else 500, "error": "none", "robot": 0}


@pytest.mark.parametrize("ratio", [False, True], ids=["verdicts", "ratios"])
@pytest.mark.parametrize("seconds", [10 * MINUTE, 20 * MINUTE, 2 * HOUR])
@pytest.mark.parametrize("ago", [2 * DAY, 11 * DAY], ids=["new", "old"])
def test_slices_of_long_ago_stay_when_exclusions_change(
    ago: int, seconds: int, ratio: bool
) -> None:
    async def scenario() -> None:
        whole = sliced(slo("checkout", window="30d"), seconds, slice_target="0.9", ratio=ratio)
        story = Story(whole)
        await story.begin()
        for start in range(START, START + DAYS * DAY, 12 * HOUR):
            story.world.at = start + 12 * HOUR
            story.send(*map(long_story, range(start, story.world.at, 10 * MINUTE)))
            await story.world.save(story.shard)
        good, total = over_window(story.shard, series_of(whole))
        start = START + DAYS * DAY - ago
        out = [start + at for at in range(0, 2 * HOUR, seconds)]
        worth = total // (DAYS * DAY // seconds)
        one = excluding(whole, exclusion(start, start + 2 * HOUR), exclusion(0, START, CLIENT))
        await story.define(one)
        after = over_window(story.shard, series_of(one))
        await story.restart()

        assert after == (
            good - sum(worth_of(at, seconds, worth) for at in out),
            total - len(out) * worth,
        )
        assert over_window(story.shard, series_of(one)) == after
        assert over_window(story.shard, series_of(before_exclusions(one))) == (good, total)
        await story.define(whole)
        assert over_window(story.shard, series_of(whole)) == (good, total)

    asyncio.run(scenario())


def worth_of(start: int, seconds: int, whole: int) -> int:
    """What a slice of the long story is worth."""
    events = [long_story(at)["status"] < 500 for at in range(start, start + seconds, 10 * MINUTE)]
    share = sum(events) / len(events)
    return round(share * whole) if whole > 1 else int(share >= 0.9)


def test_a_slice_of_long_ago_is_left_out_when_a_part_of_it_is_excluded() -> None:
    async def scenario() -> None:
        whole = sliced(slo("checkout", window="30d"), 2 * HOUR, slice_target="0.5")
        story = Story(whole)
        await story.begin()
        for start in range(START, START + DAYS * DAY, 12 * HOUR):
            story.world.at = start + 12 * HOUR
            story.send(*map(long_story, range(start, story.world.at, 10 * MINUTE)))
            await story.world.save(story.shard)
        good, total = over_window(story.shard, series_of(whole))
        one = excluding(whole, exclusion(START + 105 * MINUTE, START + 110 * MINUTE))
        await story.define(one)
        assert over_window(story.shard, series_of(one)) == (good - 1, total - 1)

    asyncio.run(scenario())

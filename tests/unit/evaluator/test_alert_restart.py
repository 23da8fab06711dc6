"""Transitions are stored once, whoever crashed when: never repeated, never lost."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluator.domain.shard import Shard
from services.evaluator.load import load
from services.evaluator.save import completed, prepare
from shared.domain.errors import Fenced
from shared.memory import MemoryShards
from shared.sql.alert_rows import TransitionRow
from shared.wire import Counts
from tests.unit.evaluator.alarm import STALE_AFTER, policy
from tests.unit.evaluator.build import NOW, Feeder, key_of, slo, watch

SLO = slo(
    policies=[
        policy(lookback="1m"),
        policy("slow", name="slow", lookback="2m", severity="ticket", alert_after=7),
        policy("calm", name="calm", lookback="1m", keep_firing_for=9, targets=("chat",)),
    ]
)
WATCH = watch(SLO)
OPEN = ("pending", "firing")


class Fate(StrEnum):
    """What becomes of the owner after a tick."""

    GOES_ON = "goes on"
    SAVES = "saves"
    CRASHES = "crashes"
    SAVES_AND_CRASHES = "saves, and crashes before it hears so"
    SAVES_TWICE = "saves, does not hear so, and repeats it"
    IS_REPLACED = "is replaced, and writes once more"


@dataclass
class World:
    """A log, a store, and whoever owns the only shard."""

    at: int = NOW
    log: list[Counts] = field(default_factory=list)
    store: MemoryShards = field(default_factory=MemoryShards)
    feeder: Feeder = field(default_factory=Feeder)
    epoch: int = 0

    async def owner(self) -> Shard:
        """Return the shard in the hands of a new owner that has read the log."""
        loaded = await load(self.store, 0, 1, WATCH, self.at)
        self.epoch = loaded.epoch
        self.read(loaded.shard)
        return loaded.shard

    def read(self, shard: Shard) -> None:
        for offset in range(shard.progress.next_offset, len(self.log)):
            shard.apply(offset, self.at * 1000, self.log[offset])

    def tick(self, shard: Shard, bad: int, good: int) -> None:
        self.feeder.count(key_of(SLO), self.at, good, good + bad)
        self.log.append(self.feeder.message(complete_until=self.at * 1000))
        self.read(shard)
        shard.advance(self.at, STALE_AFTER)

    async def suffer(self, shard: Shard, fate: Fate) -> Shard:
        """Return the shard as it is afterwards, in the hands of whoever owns it then."""
        if fate is Fate.GOES_ON:
            return shard
        if fate is Fate.CRASHES:
            return await self.owner()
        flush = await completed(self.store, prepare(shard, self.epoch))
        if fate is Fate.IS_REPLACED:
            successor = await self.owner()
            try:
                await self.store.flush(flush)
            except Fenced:
                return successor
            raise AssertionError("an owner that was replaced wrote")
        for _ in range(2 if fate is Fate.SAVES_TWICE else 1):
            await self.store.flush(flush)
        return await self.owner() if fate is Fate.SAVES_AND_CRASHES else shard

    def transitions(self) -> dict[tuple[str, int], TransitionRow]:
        return dict(self.store.alerts.transitions)

    def open(self) -> set[str]:
        """Return which alerts have not ended, but for the one that outlives its condition."""
        rows = self.store.alerts.rows.values()
        return {row.condition for row in rows if row.state in OPEN} - {"calm"}


SECOND = st.tuples(
    st.integers(1, 30),  # seconds that pass
    st.sampled_from([0, 0, 3]),  # bad
    st.sampled_from([0, 1, 100]),  # good
    st.sampled_from(Fate),
)


def check_history(world: World) -> None:
    """Check that every alert has all of its steps, and that none began while one was open."""
    steps = defaultdict(list)
    for (alert, sequence), step in sorted(world.transitions().items()):
        steps[alert].append((sequence, step.at, step.state))
    spans = defaultdict(list)
    for alert, row in world.store.alerts.rows.items():
        assert [sequence for sequence, _, _ in steps[alert]] == list(
            range(1, len(steps[alert]) + 1)
        )
        states = tuple(state for _, _, state in steps[alert])
        assert states[-1] == row.state
        assert states in LEGAL
        spans[row.condition].append((row.began_at, row.resolved_at))
    for of_condition in spans.values():
        in_order = sorted(of_condition, key=lambda span: span[0])
        for (_, ended), (began, _) in pairwise(in_order):
            assert ended is not None
            assert ended < began


LEGAL = {
    ("pending",),
    ("pending", "inactive"),
    ("pending", "firing"),
    ("pending", "firing", "resolved"),
    ("firing",),
    ("firing", "resolved"),
}


def check_notifications(world: World) -> None:
    """Check that every firing and every end of what was told is told, once to each target."""
    expected = set()
    for (alert, sequence), step in world.transitions().items():
        target = "chat" if world.store.alerts.rows[alert].condition == "calm" else "mail"
        row = f"{alert}/{sequence}/{target}"
        if step.state == "firing" or (step.state == "resolved" and was_told(world, alert, target)):
            expected.add(row)
    assert set(world.store.alerts.outbox) == expected


def was_told(world: World, alert: str, target: str) -> bool:
    rows = world.store.alerts.outbox.values()
    first = min((r for r in rows if r.alert_id == alert), key=lambda row: row.sequence)
    return first.target == target and first.state.value == "pending"


async def live(seconds: list[tuple[int, int, int, Fate]]) -> None:
    world = World()
    shard = await world.owner()
    seen: dict[tuple[str, int], TransitionRow] = {}
    for passed, bad, good, fate in seconds:
        world.at += passed
        world.tick(shard, bad, good)
        shard = await world.suffer(shard, fate)
        now = world.transitions()
        assert seen.items() <= now.items(), "what was stored changed"
        seen = now
    world.at += 1
    world.tick(shard, 0, 0)
    await world.suffer(shard, Fate.SAVES)
    check_history(world)
    check_notifications(world)
    other = await World(world.at, world.log).owner()  # it knows nothing but the log
    other.advance(world.at, STALE_AFTER)
    found = {one.alert.key.condition for one in other.alerting.open_alerts()}
    assert world.open() == found - {"calm"}


@settings(max_examples=60, deadline=None)
@given(st.lists(SECOND, max_size=25))
def test_transitions_are_stored_once_whoever_crashes_when(
    seconds: list[tuple[int, int, int, Fate]],
) -> None:
    asyncio.run(live(seconds))

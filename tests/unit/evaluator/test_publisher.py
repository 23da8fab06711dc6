"""Figures are stored when they changed, and tried again until they are."""

from prometheus_client import CollectorRegistry

from services.evaluator.figures import Figures
from services.evaluator.held import Held, Holding
from services.evaluator.publisher import Publisher
from services.evaluator.vitals import Vitals
from tests.unit.evaluator.alarm import Alarm
from tests.unit.evaluator.build import slo
from tests.unit.evaluator.rig import Shards


class World:
    """One shard, its owner, and the store."""

    def __init__(self) -> None:
        self.alarm, self.store, self.holding = Alarm(slo()), Shards(), Holding(patience=0)
        self.publisher = Publisher(self.store, self.holding, Vitals(CollectorRegistry()))

    async def own(self) -> None:
        epoch = (await self.store.claim(0)).epoch
        shard = self.alarm.shard
        self.holding.held[0] = Held(shard, epoch, Figures(shard), 0, reading=True)

    async def publish(self) -> bool:
        return await self.publisher.publish(self.alarm.now)

    async def stored(self, known: dict[int, int]) -> bool:
        """Tell whether something was stored since the versions that are known, and know it."""
        found = await self.store.statuses(known)
        known.update({row.shard: row.version for row in found})
        return bool(found)


async def test_figures_are_stored_again_only_when_they_changed() -> None:
    world, known = World(), dict[int, int]()
    await world.own()
    assert await world.publish()
    assert await world.stored(known)
    assert await world.publish()
    assert not await world.stored(known)
    world.alarm.count(1, 10)
    world.alarm.tick()
    assert await world.publish()
    assert await world.stored(known)


async def test_figures_that_could_not_be_stored_are_tried_again() -> None:
    world, known = World(), dict[int, int]()
    await world.own()
    world.store.away = True
    assert not await world.publish()
    world.store.away = False
    assert await world.publish()
    assert await world.stored(known)


async def test_a_shard_that_somebody_else_took_over_is_dropped() -> None:
    world = World()
    await world.own()
    await world.store.claim(0)
    assert await world.publish()
    assert world.holding.held == {}

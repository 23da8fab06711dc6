"""A flush that began is repeated as it was, and what happens meanwhile waits for the next."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from services.evaluator.figures import Figures
from services.evaluator.held import Held, Holding
from services.evaluator.saver import Saver
from services.evaluator.vitals import Vitals
from tests.unit.evaluator.alarm import Alarm, policy
from tests.unit.evaluator.build import slo
from tests.unit.evaluator.rig import Shards


@dataclass
class World:
    """One shard in which two SLOs alert, its owner, and the store."""

    alarm: Alarm
    store: Shards
    holding: Holding
    saver: Saver

    def burn(self, number: int) -> None:
        """Let an alert of one of the SLOs fire."""
        self.alarm.count(50, 100, slo=number)
        self.alarm.tick()

    def alerting(self) -> list[str]:
        """Return the SLOs of the stored alerts."""
        return sorted(row.slo for row in self.store.alerts.rows.values())


async def a_world() -> World:
    alarm = Alarm(*(slo(name, policies=[policy()]) for name in ("checkout", "search")))
    store, holding = Shards(), Holding(patience=0)
    epoch = (await store.claim(0)).epoch
    holding.held[0] = Held(alarm.shard, epoch, Figures(alarm.shard), 0, reading=True)
    return World(alarm, store, holding, Saver(store, holding, Vitals(CollectorRegistry())))


async def test_what_happens_until_a_flush_has_succeeded_is_in_the_next_one() -> None:
    world = await a_world()
    world.burn(0)
    world.store.unsure = 1
    assert not await world.saver.save(everything=True)

    world.burn(1)
    assert await world.saver.save(everything=True)
    assert world.alerting() == ["checkout"]
    assert await world.saver.save(everything=True)
    assert world.alerting() == ["checkout", "search"]


async def test_a_shard_that_somebody_else_took_over_is_dropped_and_writes_nothing() -> None:
    world = await a_world()
    world.burn(0)
    await world.store.claim(0)

    assert await world.saver.save(everything=True)
    assert (world.holding.held, world.alerting()) == ({}, [])

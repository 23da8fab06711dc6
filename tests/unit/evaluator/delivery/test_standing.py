"""What Alertmanagers are told again and again."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from services.evaluator.delivery import office
from services.evaluator.delivery.courier import Courier
from services.evaluator.delivery.office import Office
from services.evaluator.delivery.outcome import Unreached
from services.evaluator.delivery.receivers.alertmanager import Alertmanager
from services.evaluator.delivery.standing import Standing
from services.evaluator.vitals import Vitals
from shared.domain.target import Target, TargetKind, Written
from shared.notification import Event
from tests.support.waiting import eventually
from tests.unit.evaluator.delivery.build import AT
from tests.unit.evaluator.delivery.delivering import World
from tests.unit.evaluator.delivery.fake import FakeAlertmanager

MEMBER = "am:9093"


@dataclass
class Told:
    """What goes on after a target was told that an alert fires."""

    world: World
    fake: FakeAlertmanager
    standing: Standing
    courier: Courier


async def told(target: str = "am") -> Told:
    fake = FakeAlertmanager(AT)
    receiver = Alertmanager(fake)
    targets = {"am": Target("am", TargetKind.ALERTMANAGER, Written(f"http://{MEMBER}"))}
    world = World({TargetKind.ALERTMANAGER: receiver}, targets)
    courier = await world.owner()
    await world.happen(target=target, alert_state="firing")
    await world.work(courier)
    return Told(world, fake, world.standing(receiver), courier)


async def test_an_alert_fires_at_alertmanager_for_as_long_as_it_fires_here() -> None:
    one = await told()
    for _ in range(30):
        one.world.now += timedelta(minutes=1)
        await one.standing.step()
        assert len(one.fake.firing(MEMBER, one.world.now + timedelta(minutes=3))) == 1
    await one.world.happen("a", 2, target="am", event=Event.RESOLVED, alert_state="resolved")
    await one.world.work(one.courier)
    await one.standing.step()
    assert one.fake.firing(MEMBER, one.world.now) == []


async def test_an_alert_ends_at_alertmanager_when_nobody_speaks_of_it_any_more() -> None:
    one = await told()
    assert len(one.fake.firing(MEMBER, one.world.now + timedelta(minutes=3, seconds=59))) == 1
    assert one.fake.firing(MEMBER, one.world.now + timedelta(minutes=4)) == []


async def test_what_ended_without_a_word_for_the_target_is_not_repeated() -> None:
    one = await told()
    await one.world.happen("a", 2, target="other", alert_state="resolved")
    one.fake.alerts.clear()
    await one.standing.step()
    assert one.fake.alerts == {}


async def test_other_targets_are_told_once() -> None:
    one = await told("on-call")
    await one.standing.step()
    assert (len(one.world.recorder.taken), one.fake.alerts) == (1, {})


async def test_nothing_is_repeated_while_something_newer_is_under_way() -> None:
    one = await told()
    one.fake.alerts.clear()
    lane = one.world.lanes.of("am")
    lane.busy = 1
    await one.standing.step()
    assert one.fake.alerts == {}
    lane.busy = 0
    await one.standing.step()
    assert len(one.fake.alerts[MEMBER]) == 1
    assert lane.room(one.world.now)


async def test_an_alertmanager_that_is_away_is_told_the_next_time() -> None:
    one = await told()
    one.fake.alerts.clear()
    one.fake.down[MEMBER] = Unreached("away")
    await one.standing.step()
    one.fake.down.clear()
    await one.standing.step()
    assert len(one.fake.alerts[MEMBER]) == 1


async def test_a_new_process_speaks_of_what_fires_as_soon_as_it_has_its_shards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(office, "LOOK_SECONDS", 0.001)
    one = await told()
    one.fake.alerts.clear()
    world, shards = one.world, dict(one.world.owned)
    world.owned.clear()
    working = Office(
        one.courier,
        one.standing,
        world.outbox,
        world.metrics,
        Vitals(CollectorRegistry()),
        owned=lambda: world.owned,
        now=lambda: world.now,
    )
    stopping = asyncio.Event()

    async def is_told() -> bool:
        return bool(one.fake.alerts)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(working.run(stopping))
        await asyncio.sleep(0.02)
        assert one.fake.alerts == {}
        world.owned.update(shards)
        await eventually(is_told, "Alertmanager is told", within=5)
        stopping.set()

"""What Alertmanagers are told again and again."""

from datetime import timedelta

from services.evaluator.delivery.outcome import Unreached
from services.evaluator.delivery.receivers.alertmanager import Alertmanager
from shared.domain.target import Target, TargetKind, Written
from shared.notification import Event
from tests.unit.evaluator.delivery.build import AT
from tests.unit.evaluator.delivery.delivering import World
from tests.unit.evaluator.delivery.fake import FakeAlertmanager

MEMBER = "am:9093"


def a_world(fake: FakeAlertmanager) -> tuple[World, Alertmanager]:
    receiver = Alertmanager(fake)
    targets = {"am": Target("am", TargetKind.ALERTMANAGER, Written(f"http://{MEMBER}"))}
    return World({TargetKind.ALERTMANAGER: receiver}, targets), receiver


async def test_an_alert_fires_at_alertmanager_for_as_long_as_it_fires_here() -> None:
    fake = FakeAlertmanager(AT)
    world, receiver = a_world(fake)
    courier = await world.owner()
    standing = world.standing(receiver)
    await world.happen(target="am", alert_state="firing")
    await world.work(courier)
    for _ in range(30):
        world.now += timedelta(minutes=1)
        await standing.step()
        assert len(fake.firing(MEMBER, world.now + timedelta(minutes=3))) == 1
    await world.happen("a", 2, target="am", event=Event.RESOLVED, alert_state="resolved")
    await world.work(courier)
    await standing.step()
    assert fake.firing(MEMBER, world.now) == []


async def test_an_alert_ends_at_alertmanager_when_nobody_speaks_of_it_any_more() -> None:
    fake = FakeAlertmanager(AT)
    world, _ = a_world(fake)
    courier = await world.owner()
    await world.happen(target="am", alert_state="firing")
    await world.work(courier)
    assert len(fake.firing(MEMBER, world.now + timedelta(minutes=3, seconds=59))) == 1
    assert fake.firing(MEMBER, world.now + timedelta(minutes=4)) == []


async def test_what_ended_without_a_word_for_the_target_is_not_repeated() -> None:
    fake = FakeAlertmanager(AT)
    world, receiver = a_world(fake)
    courier = await world.owner()
    await world.happen(target="am", alert_state="firing")
    await world.work(courier)
    await world.happen("a", 2, target="other", alert_state="resolved")
    fake.alerts.clear()
    await world.standing(receiver).step()
    assert fake.alerts == {}


async def test_other_targets_are_told_once() -> None:
    fake = FakeAlertmanager(AT)
    world, receiver = a_world(fake)
    courier = await world.owner()
    await world.happen(alert_state="firing")
    await world.work(courier)
    await world.standing(receiver).step()
    assert (len(world.recorder.taken), fake.alerts) == (1, {})


async def test_nothing_is_repeated_while_something_newer_is_under_way() -> None:
    fake = FakeAlertmanager(AT)
    world, receiver = a_world(fake)
    courier = await world.owner()
    await world.happen(target="am", alert_state="firing")
    await world.work(courier)
    fake.alerts.clear()
    lane = world.lanes.of("am")
    lane.busy = 1
    await world.standing(receiver).step()
    assert fake.alerts == {}
    lane.busy = 0
    await world.standing(receiver).step()
    assert len(fake.alerts[MEMBER]) == 1
    assert lane.room(world.now)


async def test_an_alertmanager_that_is_away_is_told_the_next_time() -> None:
    fake = FakeAlertmanager(AT)
    world, receiver = a_world(fake)
    courier = await world.owner()
    await world.happen(target="am", alert_state="firing")
    await world.work(courier)
    fake.alerts.clear()
    fake.down[MEMBER] = Unreached("away")
    await world.standing(receiver).step()
    fake.down.clear()
    await world.standing(receiver).step()
    assert len(fake.alerts[MEMBER]) == 1

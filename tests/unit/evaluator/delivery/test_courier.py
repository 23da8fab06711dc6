"""The courier: at least once, in order, through outages, kills and changes of owner."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from services.evaluator.delivery.courier import GIVE_UP_AFTER, LEASE
from services.evaluator.delivery.lane import AT_ONCE
from services.evaluator.delivery.outcome import Refused, Unreached
from services.evaluator.delivery.receiver import Attempt
from shared.domain.errors import StoreUnavailable
from shared.domain.target import Target, TargetKind, Variable
from shared.memory_outbox import MemoryNotifications
from shared.notification import Event
from shared.sql.notifications import NotificationFilter
from tests.unit.evaluator.delivery.build import AT
from tests.unit.evaluator.delivery.delivering import SHARD, World, attempts_ended

DAY = timedelta(days=1)


async def test_what_happened_is_told_once() -> None:
    world = World()
    courier = await world.owner()
    id_ = await world.happen()
    await world.work(courier, 600)
    assert world.recorder.taken == [(AT, id_)]
    assert world.state(id_) == "delivered"
    assert world.outcomes() == {"delivered": 1}


async def test_what_happened_in_the_second_in_progress_is_told_at_once() -> None:
    world = World()
    courier = await world.owner()
    world.now += timedelta(seconds=1)  # ticks take it by its end
    id_ = await world.happen()
    world.now -= timedelta(seconds=0.9)
    await world.work(courier)
    assert world.recorder.ids() == [id_]


async def test_all_about_one_alert_arrives_in_order_and_targets_do_not_wait_for_each_other() -> (
    None
):
    world = World()
    courier = await world.owner()
    for sequence in (1, 2, 3):
        await world.happen("a", sequence)
        await world.happen("a", sequence, target="chat")
    world.recorder.fails = lambda attempt: (
        Unreached("away") if attempt.notification.target == "on-call" else None
    )
    await world.work(courier, 60)
    assert world.recorder.ids() == [f"a/{n}/chat" for n in (1, 2, 3)]
    world.recorder.fails = lambda _: None
    await world.work(courier, 600)
    assert world.recorder.ids()[3:] == [f"a/{n}/on-call" for n in (1, 2, 3)]


async def test_a_day_of_outage_delays_and_neither_loses_repeats_nor_reorders() -> None:
    world = World()
    courier = await world.owner()
    back = AT + DAY
    world.recorder.fails = lambda _: Unreached("away") if world.now < back else None
    ids = []
    for hour in range(24):
        for alert in (f"first-{hour}", f"second-{hour}"):
            ids += [await world.happen(alert, 1)]
            await world.work(courier, 900, every=15)
            ids += [await world.happen(alert, 2, event=Event.RESOLVED)]
            await world.work(courier, 900, every=15)
    assert world.recorder.taken == []
    await world.work(courier, 1200)
    assert Counter(world.recorder.ids()) == Counter(ids)
    for hour in range(24):
        for alert in (f"first-{hour}", f"second-{hour}"):
            told = [id_ for id_ in world.recorder.ids() if id_.startswith(f"{alert}/")]
            assert told == [f"{alert}/1/on-call", f"{alert}/2/on-call"]
    assert max(at for at, _ in world.recorder.taken) <= back + timedelta(minutes=11)
    tries = Counter(id_ for _, id_ in world.recorder.attempts)
    assert sum(tries.values()) < 24 * 60 * 2  # the target is asked about once a minute, not more


async def test_a_killed_owner_is_followed_by_one_that_tells_it_when_the_attempt_must_be_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    killed = await world.owner()
    id_ = await world.happen()
    hanging = asyncio.Event()

    async def hang(_: Attempt) -> None:
        hanging.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        patch.setattr(world.recorder, "send", hang)
        await killed.step()
        await hanging.wait()
    successor = await world.owner()
    await world.work(successor, LEASE.total_seconds() - 1)
    assert world.recorder.taken == []
    await world.work(successor, 1)
    assert world.recorder.ids() == [id_]
    await killed.stop(0)


async def test_an_owner_that_was_replaced_tells_nothing_any_more() -> None:
    world = World()
    stopped = await world.owner()
    old = dict(world.owned)
    await world.happen()
    successor = await world.owner()
    stopped = world.courier(old)
    await world.work(stopped, 60)
    assert world.recorder.attempts == []
    await world.work(successor)
    assert world.recorder.ids() == ["a/1/on-call"]


async def test_a_delivery_that_could_not_be_noted_is_noted_later_and_not_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    courier = await world.owner()
    id_ = await world.happen()

    async def unavailable(_: object) -> None:
        raise StoreUnavailable("away")

    await courier.step()
    await attempts_ended()
    world.now += 2 * LEASE
    with monkeypatch.context() as patch:
        patch.setattr(world.outbox, "settle", unavailable)
        with pytest.raises(StoreUnavailable):
            await courier.step()
    await world.work(courier, 60)
    assert (world.recorder.ids(), world.state(id_)) == ([id_], "delivered")


async def test_what_is_under_way_is_not_begun_a_second_time_when_somebody_asks_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    courier = await world.owner()
    id_ = await world.happen()
    release = asyncio.Event()
    send = world.recorder.send

    async def slow(attempt: Attempt) -> None:
        await release.wait()
        await send(attempt)

    monkeypatch.setattr(world.recorder, "send", slow)
    await courier.step()
    notifications = MemoryNotifications(world.outbox)
    assert await notifications.retry(NotificationFilter(id=id_), world.now) == 1
    await courier.step()
    release.set()
    await attempts_ended()
    assert world.recorder.ids() == [id_]


async def test_what_is_refused_for_good_is_visible_and_what_follows_is_told() -> None:
    world = World()
    courier = await world.owner()
    bad, good = await world.happen("a", 1), await world.happen("a", 2)
    world.recorder.fails = lambda attempt: (
        Refused("answered 400: no") if attempt.notification.id == bad else None
    )
    await world.work(courier, 5)
    assert (world.state(bad), world.outbox.progress(bad).error) == ("failed", "answered 400: no")
    assert world.recorder.ids() == [good]
    assert world.outcomes() == {"failed": 1, "delivered": 1}


async def test_a_target_is_left_alone_for_as_long_as_it_asks() -> None:
    world = World()
    courier = await world.owner()
    for alert in "abc":
        await world.happen(alert)
    world.recorder.fails = lambda _: Unreached("busy", 90.0) if world.now == AT else None
    await world.work(courier, 89)
    before = len(world.recorder.attempts)
    assert world.recorder.taken == []
    await world.work(courier, 5)
    assert len(world.recorder.taken) == 3
    assert before == 3  # those that were under way together


async def test_one_attempt_shows_whether_a_target_that_was_away_is_back() -> None:
    world = World()
    courier = await world.owner()
    for number in range(50):
        await world.happen(f"a{number}")
    world.recorder.fails = lambda _: Unreached("away")
    await world.work(courier, 0)
    assert len(world.recorder.attempts) == AT_ONCE
    await world.work(courier, 300)
    assert len(world.recorder.attempts) < AT_ONCE + 12


async def test_attempts_that_failed_together_are_one_failure_and_a_short_outage_delays_little() -> (
    None
):
    world = World()
    courier = await world.owner()
    for number in range(AT_ONCE):
        await world.happen(f"a{number}")
    world.recorder.fails = lambda _: Unreached("restarting") if world.now == AT else None
    await world.work(courier, 10)
    assert len(world.recorder.taken) == AT_ONCE


async def test_a_slow_target_holds_up_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    courier = await world.owner()
    for number in range(300):
        await world.happen(f"a{number}")
    for number in range(20):
        await world.happen(f"z{number}", target="chat")
    release = asyncio.Event()
    send = world.recorder.send

    async def slow(attempt: Attempt) -> None:
        if attempt.notification.target == "on-call":
            await release.wait()
        await send(attempt)

    monkeypatch.setattr(world.recorder, "send", slow)
    for _ in range(10):
        await courier.step()
        await asyncio.sleep(0)
    assert len([id_ for id_ in world.recorder.ids() if id_.endswith("chat")]) == 20
    release.set()
    await attempts_ended()


async def test_it_is_given_up_after_three_days_and_says_so() -> None:
    world = World()
    courier = await world.owner()
    id_ = await world.happen()
    world.recorder.fails = lambda _: Unreached("away")
    await world.work(courier, GIVE_UP_AFTER.total_seconds() - 600, every=60)
    assert world.state(id_) == "pending"
    await world.work(courier, 1200, every=10)
    assert world.state(id_) == "failed"
    assert world.outbox.progress(id_).error == "given up after 3 days: away"


async def test_a_secret_that_is_missing_is_waited_for() -> None:
    environment: dict[str, str] = {}
    target = Target("on-call", TargetKind.WEBHOOK, Variable("HOOK"))
    world = World(targets={"on-call": target}, environment=environment)
    courier = await world.owner()
    id_ = await world.happen()
    await world.work(courier, 30)
    assert "environment variable HOOK" in (world.outbox.progress(id_).error or "")
    environment["HOOK"] = "https://x.example.com"
    await world.work(courier, 120)
    assert world.state(id_) == "delivered"


async def test_a_target_that_is_gone_or_has_no_address_fails_with_the_reason() -> None:
    world = World(targets={"mute": Target("mute")})
    courier = await world.owner()
    gone, mute = await world.happen(target="gone"), await world.happen(target="mute")
    await world.work(courier)
    assert "no notification target 'gone'" in (world.outbox.progress(gone).error or "")
    assert "needs an address" in (world.outbox.progress(mute).error or "")


@pytest.mark.parametrize("payload", ["{}", "nonsense"])
async def test_what_cannot_be_read_fails_and_stops_nobody(payload: str) -> None:
    world = World()
    courier = await world.owner()
    bad, good = await world.happen("a", payload=payload), await world.happen("b")
    await world.work(courier)
    assert (world.state(bad), world.state(good)) == ("failed", "delivered")


async def test_a_mistake_of_ours_fails_one_notification_and_names_no_secret() -> None:
    world = World()
    courier = await world.owner()
    id_ = await world.happen()
    world.recorder.fails = lambda _: ZeroDivisionError("s3cr3t")
    await world.work(courier)
    assert world.state(id_) == "failed"
    error = world.outbox.progress(id_).error or ""
    assert "ZeroDivisionError at delivering.py" in error
    assert "s3cr3t" not in error


async def test_nothing_is_sent_before_the_definitions_are_known() -> None:
    world = World()
    courier = await world.owner()
    await world.happen()
    world.targets, targets = None, world.targets  # type: ignore[assignment]  # unknown
    await world.work(courier, 10)
    assert world.recorder.attempts == []
    world.targets = targets
    await world.work(courier)
    assert len(world.recorder.taken) == 1


async def test_other_shards_are_left_to_their_owners() -> None:
    world = World()
    await world.owner()
    await world.happen()
    await world.work(world.courier({SHARD + 1: 1}), 60)
    assert world.recorder.attempts == []

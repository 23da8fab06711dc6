from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.errors import NotFound
from shared.memory import MemoryShards
from shared.memory_outbox import MemoryNotifications, MemoryOutbox
from shared.sql.alert_rows import Delivery
from shared.sql.notifications import NotificationFilter, SqlNotifications, StoredNotification
from shared.sql.outbox import Settled, SqlOutbox
from shared.sql.shards import SqlShards
from tests.contract.test_outbox_store import write
from tests.support.flush import AT, notice

Shards = SqlShards | MemoryShards
Outbox = SqlOutbox | MemoryOutbox
Notifications = SqlNotifications | MemoryNotifications

SECOND = timedelta(seconds=1)


async def fill(shards: Shards) -> dict[int, int]:
    """One notification in each state, and one for another target and alert."""
    rows = [notice(state.value, state=state) for state in Delivery]
    return await write(shards, *rows, notice("b", target="slack", state=Delivery.FAILED))


async def ids(notifications: Notifications, **wanted: object) -> list[str]:
    found = await notifications.list(NotificationFilter(**wanted))  # type: ignore[arg-type]
    return [one.id for one in found]


async def test_a_notification_tells_how_far_it_has_come(
    shards: Shards, outbox: Outbox, notifications: Notifications
) -> None:
    epochs = await fill(shards)
    due = await outbox.due([0], AT)
    await outbox.claim(due, epochs, AT + 60 * SECOND)
    later = AT + 5 * SECOND
    await outbox.settle([Settled("pending/1/mail", Delivery.PENDING, later, "answered 503")])
    assert await notifications.get("pending/1/mail") == StoredNotification(
        id="pending/1/mail",
        alert_id="pending",
        sequence=1,
        target="mail",
        payload="{}",
        state=Delivery.PENDING,
        attempts=1,
        next_attempt_at=later,
        last_error="answered 503",
        created_at=AT,
        delivered_at=None,
    )
    await outbox.settle([Settled("pending/1/mail", Delivery.DELIVERED, later)])
    done = await notifications.get("pending/1/mail")
    assert (done.state, done.delivered_at, done.last_error) == (Delivery.DELIVERED, later, None)


async def test_a_notification_that_does_not_exist_is_not_found(
    notifications: Notifications,
) -> None:
    with pytest.raises(NotFound, match="there is no notification named 'x/1/y'"):
        await notifications.get("x/1/y")


async def test_notifications_are_listed_by_what_is_asked_for(
    shards: Shards, notifications: Notifications
) -> None:
    await fill(shards)
    assert await ids(notifications, state=Delivery.FAILED) == ["failed/1/mail", "b/1/slack"]
    assert await ids(notifications, target="slack") == ["b/1/slack"]
    assert await ids(notifications, alert="pending") == ["pending/1/mail"]
    assert await ids(notifications, alert="pending", target="slack") == []


async def test_what_is_told_of_alerts_comes_in_their_order(
    shards: Shards, notifications: Notifications
) -> None:
    await write(shards, notice("b"), notice("a", 2), notice("a"), notice("a", target="chat"))
    found = await notifications.about(["a", "b", "c"])
    assert [one.id for one in found] == ["a/1/chat", "a/1/mail", "a/2/mail", "b/1/mail"]
    assert await notifications.about([]) == []


async def test_the_newest_come_first_and_pages_follow_each_other(
    shards: Shards, notifications: Notifications
) -> None:
    for number in range(5):
        await notifications.add(notice(f"n{number}"))
    seen: list[str] = []
    after = None
    while page := await notifications.list(after=after, limit=2):
        seen += [one.alert_id for one in page]
        after = page[-1].place
    assert seen == ["n4", "n3", "n2", "n1", "n0"]


async def test_what_failed_is_tried_again_and_what_waits_is_tried_at_once(
    shards: Shards, outbox: Outbox, notifications: Notifications
) -> None:
    await fill(shards)
    await outbox.settle([Settled("pending/1/mail", Delivery.PENDING, AT + 300 * SECOND)])
    assert await notifications.retry(NotificationFilter(), AT + SECOND) == 3
    due = [row.id for row in await outbox.due([0], AT + SECOND)]
    assert due == ["b/1/slack", "failed/1/mail", "pending/1/mail"]


async def test_only_those_are_tried_again_that_are_asked_for(
    shards: Shards, outbox: Outbox, notifications: Notifications
) -> None:
    await fill(shards)
    assert await notifications.retry(NotificationFilter(target="slack"), AT) == 1
    assert await notifications.retry(NotificationFilter(id="delivered/1/mail"), AT) == 0
    assert await notifications.retry(NotificationFilter(alert="suppressed"), AT) == 0
    assert await ids(notifications, state=Delivery.FAILED) == ["failed/1/mail"]


async def test_what_was_told_after_what_failed_is_told_once_more_when_that_is_tried_again(
    shards: Shards, outbox: Outbox, notifications: Notifications
) -> None:
    states = [Delivery.DELIVERED, Delivery.FAILED, Delivery.DELIVERED]
    rows = [notice("a", number, state=state) for number, state in enumerate(states, 1)]
    others = [notice("a", 3, target="chat"), notice("b", 3)]
    await write(shards, *rows, *(replace(row, state=Delivery.DELIVERED) for row in others))
    assert await notifications.retry(NotificationFilter(id="a/3/mail"), AT) == 0
    assert await notifications.retry(NotificationFilter(alert="a"), AT) == 2
    assert await ids(notifications, state=Delivery.PENDING) == ["a/3/mail", "a/2/mail"]
    assert (await notifications.get("a/3/mail")).delivered_at is None
    assert [row.id for row in await outbox.due([0], AT)] == ["a/2/mail"]


async def test_what_somebody_asked_for_is_due_like_everything_else(
    shards: Shards, outbox: Outbox, notifications: Notifications
) -> None:
    await shards.claim(0)
    await notifications.add(notice("test", state=Delivery.PENDING))
    assert [row.id for row in await outbox.due([0], AT)] == ["test/1/mail"]

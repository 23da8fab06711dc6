from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.memory import MemoryShards
from shared.memory_outbox import MemoryOutbox
from shared.sql.alert_rows import AlertChanges, AlertRow, Delivery, OutboxRow
from shared.sql.outbox import Backlog, Settled, SqlOutbox, Waiting
from shared.sql.shard_rows import Flush
from shared.sql.shards import SqlShards
from tests.support.flush import AT, alert_row, notice, outbox_of

Shards = SqlShards | MemoryShards
Outbox = SqlOutbox | MemoryOutbox

SECOND = timedelta(seconds=1)
LATER = AT + timedelta(minutes=1)


def pending(alert: str = "a", sequence: int = 1, **more: object) -> OutboxRow:
    given = {"state": Delivery.PENDING, **more}
    return notice(alert, sequence, **given)  # type: ignore[arg-type]


async def write(
    shards: Shards, *rows: OutboxRow, shard: int = 0, alerts: Sequence[AlertRow] = ()
) -> dict[int, int]:
    """Write rows as the owner of their shard; return its epoch by shard."""
    epoch = (await shards.claim(shard)).epoch
    changes = AlertChanges(alerts, outbox=rows)
    await shards.flush(Flush(shard, epoch, 0, "t", b"", closed_10s=0, closed_60s=0, alerts=changes))
    return {shard: epoch}


async def ids(outbox: Outbox, *, at: int = 0, **more: object) -> list[str]:
    rows = await outbox.due([0], AT + at * SECOND, **more)  # type: ignore[arg-type]
    return [row.id for row in rows]


async def settle(outbox: Outbox, id_: str, state: Delivery, at: int = 0) -> None:
    await outbox.settle([Settled(id_, state, AT + at * SECOND)])


async def test_what_was_written_is_due_as_it_was_written(shards: Shards, outbox: Outbox) -> None:
    await write(shards, pending())
    assert await outbox.due([0], AT) == [Waiting("a/1/mail", 0, "a", 1, "mail", "{}", 0, AT)]
    assert await outbox.due([0], AT - SECOND) == []
    assert await outbox.due([1, 2], AT) == []
    assert await outbox.due([], AT) == []


async def test_what_is_suppressed_failed_or_delivered_is_never_due(
    shards: Shards, outbox: Outbox
) -> None:
    states = [Delivery.SUPPRESSED, Delivery.FAILED, Delivery.DELIVERED]
    await write(shards, *(notice(state.value, state=state) for state in states))
    assert await ids(outbox, at=100_000) == []


async def test_what_was_suppressed_is_due_as_if_it_was_created_when_it_is_released(
    shards: Shards, outbox: Outbox
) -> None:
    epochs = await write(shards, notice(state=Delivery.SUPPRESSED))
    released = AlertChanges(released={"a/1/mail": LATER})
    await shards.flush(
        Flush(0, epochs[0], 0, "t", b"", closed_10s=0, closed_60s=0, alerts=released)
    )
    assert await outbox.due([0], LATER - SECOND) == []
    assert await outbox.due([0], LATER) == [Waiting("a/1/mail", 0, "a", 1, "mail", "{}", 0, LATER)]
    assert await outbox.backlog([0]) == [Backlog("mail", 1, 0, LATER)]


async def test_only_the_first_of_an_alert_and_target_is_due_until_it_is_settled(
    shards: Shards, outbox: Outbox
) -> None:
    rows = [pending(a, n, target=t) for a in "ab" for n in (3, 1, 2) for t in ("mail", "slack")]
    await write(shards, *rows)
    assert await ids(outbox) == ["a/1/mail", "a/1/slack", "b/1/mail", "b/1/slack"]
    await settle(outbox, "a/1/mail", Delivery.DELIVERED)
    await settle(outbox, "b/1/mail", Delivery.FAILED)
    assert await ids(outbox) == ["a/1/slack", "a/2/mail", "b/1/slack", "b/2/mail"]
    await settle(outbox, "a/2/mail", Delivery.PENDING, 60)
    assert "a/3/mail" not in await ids(outbox)


async def test_the_longest_waiting_comes_first_and_busy_targets_are_passed_over(
    shards: Shards, outbox: Outbox
) -> None:
    await write(shards, *(pending(a, target=t) for a in "abc" for t in ("mail", "slack")))
    await settle(outbox, "a/1/slack", Delivery.PENDING, 5)
    assert await ids(outbox, at=9, without=["mail"]) == ["b/1/slack", "c/1/slack", "a/1/slack"]
    assert await ids(outbox, at=9, limit=2) == ["a/1/mail", "b/1/mail"]


async def test_an_attempt_is_counted_when_it_begins_and_nobody_else_makes_it_meanwhile(
    shards: Shards, outbox: Outbox
) -> None:
    epochs = await write(shards, pending())
    due = await outbox.due([0], AT)
    assert await outbox.claim(due, epochs, LATER) == {"a/1/mail"}
    assert await outbox.due([0], LATER - SECOND) == []
    assert [row.attempts for row in await outbox.due([0], LATER)] == [1]


async def test_an_owner_that_was_replaced_makes_no_attempt(shards: Shards, outbox: Outbox) -> None:
    old = await write(shards, pending())
    other = await write(shards, pending("b", shard=1), shard=1)
    due = await outbox.due([0, 1], AT)
    await shards.claim(0)
    assert await outbox.claim(due, old | other, LATER) == {"b/1/mail"}
    assert await outbox.claim(due, {}, LATER) == set()


async def test_what_was_settled_meanwhile_is_not_ours_and_stays_so(
    shards: Shards, outbox: Outbox
) -> None:
    epochs = await write(shards, pending())
    due = await outbox.due([0], AT)
    await settle(outbox, "a/1/mail", Delivery.DELIVERED)
    assert await outbox.claim(due, epochs, LATER) == set()
    await settle(outbox, "a/1/mail", Delivery.FAILED)
    assert [state for _, _, state in await outbox_of(shards)] == ["delivered"]


async def test_a_later_attempt_waits_until_its_time(shards: Shards, outbox: Outbox) -> None:
    await write(shards, pending())
    await settle(outbox, "a/1/mail", Delivery.PENDING, 30)
    assert await ids(outbox, at=29) == []
    assert await ids(outbox, at=30) == ["a/1/mail"]


@pytest.mark.parametrize(
    ("state", "sent", "expected"),
    [
        ("firing", [Delivery.DELIVERED], ["a/1/mail"]),
        ("firing", [Delivery.DELIVERED, Delivery.DELIVERED], ["a/2/mail"]),
        ("firing", [Delivery.DELIVERED, Delivery.SUPPRESSED], ["a/1/mail"]),
        ("firing", [Delivery.DELIVERED, Delivery.PENDING], []),
        ("firing", [Delivery.DELIVERED, Delivery.FAILED], []),
        ("firing", [Delivery.PENDING], []),
        ("resolved", [Delivery.DELIVERED], []),
    ],
)
async def test_what_stands_is_the_last_that_was_taken_of_an_alert_that_fires(
    shards: Shards, outbox: Outbox, state: str, sent: list[Delivery], expected: list[str]
) -> None:
    rows = [notice("a", at, state=one) for at, one in enumerate(sent, 1)]
    await write(shards, *rows, alerts=[alert_row("a", state=state)])
    assert [row.id for row in await outbox.standing([0], ["mail"])] == expected
    assert await outbox.standing([0], ["slack"]) == []
    assert await outbox.standing([1], ["mail"]) == []


async def test_what_was_said_about_an_alert_since_does_not_stand(
    shards: Shards, outbox: Outbox
) -> None:
    fires = notice("a", 1, state=Delivery.DELIVERED)
    acknowledged = replace(fires, id=f"{fires.id}/acknowledged/1")
    await write(shards, fires, acknowledged, alerts=[alert_row("a", state="firing")])
    assert [row.id for row in await outbox.standing([0], ["mail"])] == ["a/1/mail"]


async def test_the_backlog_counts_what_is_pending_and_what_failed_by_target(
    shards: Shards, outbox: Outbox
) -> None:
    rows = [pending("a"), pending("b"), notice("c", state=Delivery.FAILED)]
    more = [notice("a", target="slack", state=Delivery.FAILED), notice("b", target="x")]
    await write(shards, *rows, *more, notice("d", state=Delivery.DELIVERED))
    assert await outbox.backlog([0]) == [Backlog("mail", 2, 1, AT), Backlog("slack", 0, 1)]
    assert await outbox.backlog([1]) == []


async def test_tests_of_a_target_are_no_backlog(shards: Shards, outbox: Outbox) -> None:
    await write(shards, pending("test-a"), notice("test-b", state=Delivery.FAILED))
    assert await outbox.backlog([0]) == []

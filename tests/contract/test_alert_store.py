from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.domain.errors import NotFound
from shared.memory import MemoryShards
from shared.memory_alerts import MemoryAlerts
from shared.notification import encode_notification
from shared.sql.alert_rows import AlertChanges, AlertRow, Delivery, TransitionRow
from shared.sql.alerts import Acknowledgement, AlertFilter, Place, SqlAlerts, StoredAlert
from shared.sql.shard_rows import Flush
from shared.sql.shards import SqlShards
from tests.support.flush import AT, alert_row, notice, outbox_of
from tests.unit.evaluator.delivery.build import notification

Shards = SqlShards | MemoryShards
Alerts = SqlAlerts | MemoryAlerts

MINUTE = timedelta(minutes=1)
SAID = Acknowledgement("ada", "looking into it", AT + MINUTE)


async def write(shards: Shards, changes: AlertChanges) -> None:
    epoch = (await shards.claim(0)).epoch
    await shards.flush(Flush(0, epoch, 0, "t", b"", closed_10s=0, closed_60s=0, alerts=changes))


async def ids(alerts: Alerts, **wanted: object) -> list[str]:
    return [one.row.id for one in await alerts.list(AlertFilter(**wanted))]  # type: ignore[arg-type]


def _last(rows: list[AlertRow]) -> Place | None:
    return (rows[-1].began_at, rows[-1].id) if rows else None


async def test_an_alert_is_read_with_its_transitions_in_order(
    shards: Shards, alerts: Alerts
) -> None:
    steps = [
        TransitionRow("a", 1, AT, "pending", None, "{}"),
        TransitionRow("a", 2, AT + MINUTE, "firing", None, '{"sli":0.9}'),
    ]
    row = alert_row(group={"tenant": "a"}, pending_since=AT, fired_at=AT + MINUTE)
    await write(shards, AlertChanges([row], steps[::-1]))
    assert await alerts.get("a") == StoredAlert(row, None, tuple(steps))


async def test_the_last_that_a_flush_says_of_an_alert_counts(
    shards: Shards, alerts: Alerts
) -> None:
    states = ("pending", "firing", "resolved")
    await write(shards, AlertChanges([alert_row(state=state) for state in states]))
    assert (await alerts.get("a")).row.state == "resolved"


async def test_alerts_are_listed_newest_first_by_what_is_asked_for(
    shards: Shards, alerts: Alerts
) -> None:
    rows: list[AlertRow] = [
        alert_row("a", began_at=AT),
        alert_row("b", began_at=AT + MINUTE, slo="other", severity="ticket"),
        alert_row("c", began_at=AT + MINUTE, service="bank"),
        alert_row("d", began_at=AT + 2 * MINUTE, state="resolved"),
    ]
    await write(shards, AlertChanges(rows))
    assert await ids(alerts) == ["d", "c", "b", "a"]
    assert await ids(alerts, states=("firing", "pending")) == ["c", "b", "a"]
    assert await ids(alerts, slo="other") == ["b"]
    assert await ids(alerts, service="bank") == ["c"]
    assert await ids(alerts, severity="page", slo="slo-0") == ["d", "c", "a"]


async def test_the_alerts_that_stood_at_a_moment_had_begun_and_not_ended(
    shards: Shards, alerts: Alerts
) -> None:
    rows: list[AlertRow] = [
        alert_row("a", began_at=AT, resolved_at=AT + MINUTE, state="resolved"),
        alert_row("b", began_at=AT, fired_at=AT + MINUTE),
        alert_row("c", began_at=AT + MINUTE, group={"tenant": "x"}),
        alert_row("d", began_at=AT, slo="other"),
    ]
    await write(shards, AlertChanges(rows))

    async def standing(at: datetime) -> list[str]:
        return [row.id for row in await alerts.standing(["slo-0"], at)]

    assert await standing(AT - timedelta(seconds=1)) == []
    assert await standing(AT) == ["a", "b"]
    assert await standing(AT + MINUTE) == ["b", "c"]
    assert await alerts.standing(["slo-0"], AT + MINUTE) == rows[1:3]


async def test_a_list_of_alerts_goes_on_behind_a_place(shards: Shards, alerts: Alerts) -> None:
    rows = [alert_row(name, began_at=AT + i // 2 * MINUTE) for i, name in enumerate("abcde")]
    await write(shards, AlertChanges(rows))
    found: list[AlertRow] = []
    while page := await alerts.list(after=_last(found), limit=2):
        found += [one.row for one in page]
    assert [row.id for row in found] == ["e", "d", "c", "b", "a"]


async def test_who_acknowledged_an_alert_stays_whatever_the_evaluator_writes(
    shards: Shards, alerts: Alerts
) -> None:
    await write(shards, AlertChanges([alert_row()]))
    assert (await alerts.acknowledge("a", SAID)).acknowledged == SAID
    await write(shards, AlertChanges([alert_row(state="resolved")]))
    found = await alerts.get("a")
    assert (found.row.state, found.acknowledged) == ("resolved", SAID)


async def test_an_alert_that_is_not_there_is_not_found(shards: Shards, alerts: Alerts) -> None:
    for ask in (alerts.get("a"), alerts.acknowledge("a", SAID)):
        with pytest.raises(NotFound, match="no alert named 'a'"):
            await ask


async def test_a_suppressed_notification_is_sent_when_it_is_released(shards: Shards) -> None:
    suppressed = notice("a", 1)
    delivered = replace(notice("b", 1), state=Delivery.DELIVERED)
    await write(shards, AlertChanges(outbox=[suppressed, delivered]))
    await write(shards, AlertChanges(released={suppressed.id: AT, delivered.id: AT, "x/1/y": AT}))
    assert await outbox_of(shards) == ((1, "mail", "delivered"), (1, "mail", "pending"))


async def test_a_notification_that_was_delivered_meanwhile_is_not_written_again(
    shards: Shards,
) -> None:
    delivered = notice(state=Delivery.DELIVERED)
    await write(shards, AlertChanges(outbox=[delivered]))
    await write(shards, AlertChanges(outbox=[replace(delivered, state=Delivery.PENDING)]))
    assert await outbox_of(shards) == ((1, "mail", "delivered"),)


@pytest.mark.parametrize(
    ("state", "delivery", "told"),
    [
        ("firing", Delivery.DELIVERED, True),
        ("firing", Delivery.SUPPRESSED, False),
        ("resolved", Delivery.DELIVERED, False),
    ],
)
async def test_who_was_told_that_an_alert_fires_is_told_who_takes_care_of_it(
    shards: Shards, alerts: Alerts, state: str, delivery: Delivery, *, told: bool
) -> None:
    firing = notification(id="a/1/mail", alert="a", target="mail")
    row = replace(notice("a", 1, state=delivery), payload=encode_notification(firing))
    await write(shards, AlertChanges([alert_row(state=state)], outbox=[row]))
    for _ in range(2):
        await alerts.acknowledge("a", SAID)
    kept = (1, "mail", delivery.value)
    assert await outbox_of(shards) == ((kept, (1, "mail", "pending")) if told else (kept,))

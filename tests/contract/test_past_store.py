from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.domain.silence import Comparison, Matcher, Silence
from shared.sql.alert_rows import AlertChanges, AlertRow, Delivery, OutboxRow, TransitionRow
from shared.sql.alerts import SqlAlerts
from shared.sql.past import SqlPast
from shared.sql.schema.alert import alert_transition
from shared.sql.shard_rows import Flush
from shared.sql.shards import SqlShards
from shared.sql.silences import SqlSilences
from tests.support.flush import AT, alert_row, notice, outbox_of

DAY = timedelta(days=1)
OLD, NEW = AT, AT + 10 * DAY
BEFORE = AT + 5 * DAY


async def write(
    engine: AsyncEngine, *rows: AlertRow, notices: tuple[OutboxRow, ...] = (), shard: int = 0
) -> None:
    """Write alerts, each with one transition, as the owner of their shard."""
    shards = SqlShards(engine)
    steps = [TransitionRow(row.id, 1, AT, row.state, None, "{}") for row in rows]
    changes = AlertChanges(rows, steps, notices)
    epoch = (await shards.claim(shard)).epoch
    await shards.flush(Flush(shard, epoch, 0, "t", b"", closed_10s=0, closed_60s=0, alerts=changes))


def ended(id_: str, at: datetime = OLD, *, state: str = "resolved", shard: int = 0) -> AlertRow:
    return alert_row(id_, shard=shard, state=state, resolved_at=at)


async def left(engine: AsyncEngine) -> set[str]:
    return {one.row.id for one in await SqlAlerts(engine).list()}


async def test_alerts_that_ended_long_ago_go_with_all_that_was_recorded_of_them(
    engine: AsyncEngine,
) -> None:
    states = (Delivery.DELIVERED, Delivery.FAILED, Delivery.SUPPRESSED)
    told = tuple(notice("a", n, state=state) for n, state in enumerate(states))
    rows = (ended("a"), ended("b", state="inactive"), ended("c", NEW))
    await write(engine, *rows, notices=(*told, notice("c", 9)))
    assert await SqlPast(engine).remove([0], BEFORE) == 2
    assert await left(engine) == {"c"}
    assert await outbox_of(SqlShards(engine)) == ((9, "mail", "suppressed"),)
    async with engine.begin() as connection:
        steps = await connection.scalar(select(func.count()).select_from(alert_transition))
    assert steps == 1


@pytest.mark.parametrize("state", ["pending", "firing"])
async def test_an_alert_that_has_not_ended_stays_however_old_it_is(
    engine: AsyncEngine, state: str
) -> None:
    told = notice("a", state=Delivery.DELIVERED)
    again = ended("b", state=state)  # as one that ended once would be
    await write(engine, alert_row("a", state=state), again, notices=(told,))
    assert await SqlPast(engine).remove([0], NEW) == 0
    assert await left(engine) == {"a", "b"}
    assert len(await outbox_of(SqlShards(engine))) == 1


async def test_an_alert_stays_while_somebody_is_still_to_be_told_of_it(
    engine: AsyncEngine,
) -> None:
    await write(engine, ended("a"), notices=(notice("a", state=Delivery.PENDING),))
    assert await SqlPast(engine).remove([0], NEW) == 0


async def test_notifications_without_an_alert_go_by_their_age_unless_they_wait(
    engine: AsyncEngine,
) -> None:
    test, waiting = notice("test", 1), notice("test", 2, state=Delivery.PENDING)
    await write(engine, notices=(test, waiting))
    assert await SqlPast(engine).remove([0], AT) == 0
    assert await SqlPast(engine).remove([0], BEFORE) == 1
    assert await outbox_of(SqlShards(engine)) == ((2, "mail", "pending"),)


async def test_only_the_alerts_of_the_given_shards_go(engine: AsyncEngine) -> None:
    for shard, id_ in enumerate("ab"):
        await write(engine, ended(id_, shard=shard), shard=shard)
    assert await SqlPast(engine).remove([1], BEFORE) == 1
    assert await left(engine) == {"a"}


async def test_what_is_over_goes_portion_by_portion(engine: AsyncEngine) -> None:
    await write(engine, *(ended(id_) for id_ in "abcde"))
    portions = [await SqlPast(engine).remove([0], BEFORE, limit=2) for _ in range(4)]
    assert portions == [2, 2, 1, 0]


async def test_silences_go_when_they_are_long_over_and_never_before(engine: AsyncEngine) -> None:
    silences = SqlSilences(engine)
    for id_, ends in (("over", OLD), ("in force", NEW), ("ended", NEW), ("late", NEW)):
        matchers = (Matcher("slo", Comparison.EQUAL, "x"),)
        await silences.add(Silence(id_, matchers, AT - DAY, ends, "ada", "", AT - DAY))
    await silences.end("ended", OLD)
    await silences.end("late", BEFORE)
    assert await SqlPast(engine).remove([0], BEFORE) == 2
    assert {one.id for one in await silences.list()} == {"in force", "late"}

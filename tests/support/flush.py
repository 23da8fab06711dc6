"""Flushes to write, and everything that a shard holds after them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from shared.memory import MemoryShards
from shared.sql.alert_rows import AlertChanges, AlertRow, Delivery, OutboxRow, TransitionRow
from shared.sql.alerts import AlertFilter, SqlAlerts
from shared.sql.schema.alert import outbox
from shared.sql.shard_rows import Flush, Segment
from shared.sql.shards import SqlShards

FOREVER = 2**40
AT = datetime(2026, 11, 23, 6, tzinfo=UTC)


Noticed = tuple[int, str, str]  # sequence, target, state


@dataclass(frozen=True)
class Held:
    """Everything that is stored of one shard, but for its epoch."""

    checkpoint: tuple[int, str, bytes | None, bytes | None, int, int]
    segments: tuple[Segment, ...]
    alerts: tuple[str, ...]
    outbox: tuple[Noticed, ...]


def a_flush(epoch: int, *, shard: int = 0, version: int = 1, blocks: int = 3) -> Flush:
    """Return a flush that touches every table, with contents that tell its version."""
    text = f"v{version}".encode()
    return Flush(
        shard=shard,
        epoch=epoch,
        next_offset=version,
        topic_id=f"topic-{version}",
        state=b"state " + text,
        closed_10s=300 * version,
        closed_60s=3600 * version,
        names=b"names " + text,
        segments=[
            Segment(tier, tier * 30 * start, block, text * 100)
            for tier in (10, 60)
            for start in (version, version + 1)
            for block in range(blocks)
        ],
        thin={10: 300 * version, 60: 1800 * version},
        alerts=alert_changes(shard=shard, version=version),
    )


def alert_row(id_: str = "a", *, shard: int = 0, state: str = "firing", **more: Any) -> AlertRow:
    """Return the row of an alert, which an objective without groups is enough for."""
    given: dict[str, Any] = {
        "slo": f"slo-{shard}",
        "objective": "availability",
        "service": "shop",
        "group": {},
        "policy": "fast-burn",
        "condition": "page",
        "severity": "page",
        "page": True,
        "began_at": AT,
        "fired_at": AT,
    }
    return AlertRow(id=id_, shard=shard, state=state, **(given | more))


def alert_changes(*, shard: int = 0, version: int = 1) -> AlertChanges:
    """Return the next step of an alert, and what a target is to be told of it."""
    id_ = f"alert-{shard}"
    state = "firing" if version == 1 else "resolved"
    return AlertChanges(
        [alert_row(id_, shard=shard, state=state, resolved_at=None if version == 1 else AT)],
        [TransitionRow(id_, version, AT, state, None, "{}")],
        [notice(id_, version, shard=shard)],
        {f"{id_}/{version - 1}/mail": AT},
    )


def notice(
    alert: str = "a",
    sequence: int = 1,
    *,
    shard: int = 0,
    target: str = "mail",
    state: Delivery = Delivery.SUPPRESSED,
) -> OutboxRow:
    """Return what a target is to be told of an alert's transition."""
    id_ = f"{alert}/{sequence}/{target}"
    return OutboxRow(id_, shard, alert, sequence, target, "{}", state, AT)


async def everything(shards: SqlShards | MemoryShards, shard: int = 0) -> Held:
    """Take a shard over, and return all that is stored of it."""
    claim = await shards.claim(shard)
    found = [s for tier in (10, 60) for s in await shards.segments(shard, tier, 0, FOREVER)]
    return Held(
        (
            claim.next_offset,
            claim.topic_id,
            claim.state,
            claim.names,
            claim.closed_10s,
            claim.closed_60s,
        ),
        tuple(found),
        await _alerts(shards, shard),
        await outbox_of(shards, shard),
    )


async def _alerts(shards: SqlShards | MemoryShards, shard: int) -> tuple[str, ...]:
    alerts = shards.alerts if isinstance(shards, MemoryShards) else SqlAlerts(shards._engine)
    return tuple(
        state
        for alert in await alerts.list(AlertFilter(slo=f"slo-{shard}"))
        for state in (alert.row.state, *(step.state for step in alert.transitions))
    )


async def outbox_of(shards: SqlShards | MemoryShards, shard: int = 0) -> tuple[Noticed, ...]:
    """Return what is to be told of a shard's alerts, and what became of it, in order."""
    if isinstance(shards, MemoryShards):
        rows = [row for row in shards.alerts.outbox.values() if row.shard == shard]
        return tuple(sorted((row.sequence, row.target, row.state.value) for row in rows))
    wanted = select(outbox.c.sequence, outbox.c.target, outbox.c.state)
    in_order = wanted.where(outbox.c.shard == shard).order_by(outbox.c.sequence, outbox.c.target)
    async with shards._engine.begin() as connection:
        return tuple((r.sequence, r.target, r.state) for r in await connection.execute(in_order))


async def held_after(versions: int, *, shard: int = 0) -> Held:
    """Return what a shard holds after this many flushes, one version after the other."""
    shards = MemoryShards()
    claim = await shards.claim(shard)
    for version in range(1, versions + 1):
        await shards.flush(a_flush(claim.epoch, shard=shard, version=version))
    return await everything(shards, shard)

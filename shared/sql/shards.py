"""Checkpoints, counts and current figures of the shards, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.domain.errors import Fenced
from shared.sql.alert_rows import write_changes
from shared.sql.period_rows import PeriodRow, read_ended, write_periods
from shared.sql.schema.count import segment, shard, shard_names, status
from shared.sql.shard_rows import Claim, Flush, Segment, StatusRow, StoredStatus
from shared.sql.transaction import reading, writing
from shared.sql.upsert import insert_into, upsert

THINNED_AT_ONCE = 20_000  # segments deleted by one flush at most, per tier
_CHECKPOINT = (
    update(shard)
    .where(shard.c.shard == bindparam("number"), shard.c.epoch == bindparam("owner"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("next_offset", "topic_id", "closed_10s", "closed_60s", "state")
        }
    )
)
_PUT_STATUS = (
    update(status)
    .where(status.c.shard == bindparam("number"), status.c.epoch == bindparam("owner"))
    .values(version=status.c.version + 1, data=bindparam("snapshot"))
)


class SqlShards:
    """What the evaluators write and the api reads."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def claim(self, number: int) -> Claim:
        """Take a shard over: from now on every earlier owner is fenced off."""
        async with writing(self._engine) as connection:
            row = (await connection.execute(_claim(connection, number))).one()
            await connection.execute(_claim_status(connection, number, row.epoch))
            names = await connection.scalar(_names_of(number))
        return Claim(
            row.epoch,
            row.next_offset,
            row.topic_id,
            row.state,
            names,
            row.closed_10s,
            row.closed_60s,
        )

    async def flush(self, flush: Flush) -> None:
        """Write all of it or nothing; raises Fenced when another owner has taken over."""
        async with writing(self._engine) as connection:
            checkpoint = await connection.execute(_CHECKPOINT, _checkpoint_values(flush))
            if checkpoint.rowcount != 1:
                raise Fenced(f"shard {flush.shard} was taken over from epoch {flush.epoch}")
            if flush.names is not None:
                await connection.execute(
                    upsert(connection, shard_names), {"shard": flush.shard, "data": flush.names}
                )
            if flush.segments:
                await connection.execute(upsert(connection, segment), _rows(flush))
            for tier, before in flush.thin.items():
                await connection.execute(_thin(flush.shard, tier, before))
            await write_changes(connection, flush.alerts)
            await write_periods(connection, flush.periods)

    async def segments(
        self,
        number: int,
        tier: int,
        start_from: int,
        start_to: int,
        blocks: Sequence[int] | None = None,
    ) -> list[Segment]:
        """Return the segments that start in `[start_from, start_to)`, by start and block."""
        wanted = (
            select(segment.c.start, segment.c.block, segment.c.data)
            .where(segment.c.shard == number, segment.c.tier == tier)
            .where(segment.c.start >= start_from, segment.c.start < start_to)
            .order_by(segment.c.start, segment.c.block)
        )
        if blocks is not None:
            wanted = wanted.where(segment.c.block.in_(blocks))
        return [Segment(tier, r.start, r.block, r.data) for r in await self._all(wanted)]

    async def ended(
        self, slos: Collection[str], start: datetime, end: datetime
    ) -> Sequence[PeriodRow]:
        """Return what these SLOs, and their groups, counted in the period from start to end."""
        async with reading(self._engine) as connection:
            return await read_ended(connection, slos, start, end)

    async def names(self, number: int) -> bytes | None:
        """Return which row each series of the shard has, None before the first flush."""
        rows = await self._all(_names_of(number))
        return rows[0].data if rows else None

    async def closed(self, number: int) -> tuple[int, int]:
        """Return until when the 10 s and the 1 min buckets of a shard are closed, in seconds."""
        rows = await self._all(
            select(shard.c.closed_10s, shard.c.closed_60s).where(shard.c.shard == number)
        )
        return (rows[0].closed_10s, rows[0].closed_60s) if rows else (0, 0)

    async def known(self) -> list[int]:
        """Return the shards that were ever claimed, in order."""
        return [row.shard for row in await self._all(select(shard.c.shard).order_by(shard.c.shard))]

    async def put_statuses(self, statuses: Sequence[StatusRow]) -> list[int]:
        """Store the figures of several shards at once; return those that have another owner."""
        if not statuses:
            return []
        in_order = sorted(statuses, key=lambda row: row.shard)  # the same for all: no deadlocks
        shards = [row.shard for row in in_order]
        async with writing(self._engine) as connection:
            await connection.execute(_PUT_STATUS, [_status_values(row) for row in in_order])
            owners = await connection.execute(
                select(status.c.shard, status.c.epoch).where(status.c.shard.in_(shards))
            )
            epochs = {row.shard: row.epoch for row in owners}
        return [row.shard for row in in_order if epochs.get(row.shard) != row.epoch]

    async def statuses(self, known: Mapping[int, int]) -> list[StoredStatus]:
        """Return the figures of every shard whose version is not the one that is known."""
        async with reading(self._engine) as connection:
            versions = await connection.execute(
                select(status.c.shard, status.c.version).where(status.c.data.is_not(None))
            )
            changed = [row.shard for row in versions if known.get(row.shard) != row.version]
            if not changed:
                return []
            rows = await connection.execute(
                select(status.c.shard, status.c.version, status.c.data)
                .where(status.c.shard.in_(changed))
                .order_by(status.c.shard)
            )
            return [StoredStatus(*row) for row in rows]

    async def _all(self, wanted: Any) -> Sequence[Row[Any]]:
        async with reading(self._engine) as connection:
            return (await connection.execute(wanted)).all()


def _claim(connection: AsyncConnection, number: int) -> Any:
    first = insert_into(connection, shard).values(
        shard=number, epoch=1, next_offset=0, topic_id="", closed_10s=0, closed_60s=0
    )
    return first.on_conflict_do_update(
        index_elements=[shard.c.shard], set_={"epoch": shard.c.epoch + 1}
    ).returning(*shard.columns)


def _claim_status(connection: AsyncConnection, number: int, epoch: int) -> Any:
    first = insert_into(connection, status).values(shard=number, epoch=epoch, version=0)
    return first.on_conflict_do_update(
        index_elements=[status.c.shard], set_={"epoch": first.excluded.epoch}
    )


def _checkpoint_values(flush: Flush) -> dict[str, object]:
    return {
        "number": flush.shard,
        "owner": flush.epoch,
        "new_next_offset": flush.next_offset,
        "new_topic_id": flush.topic_id,
        "new_closed_10s": flush.closed_10s,
        "new_closed_60s": flush.closed_60s,
        "new_state": flush.state,
    }


def _rows(flush: Flush) -> list[dict[str, Any]]:
    return [
        {"shard": flush.shard, "tier": s.tier, "start": s.start, "block": s.block, "data": s.data}
        for s in flush.segments
    ]


def _thin(number: int, tier: int, before: int) -> Any:
    oldest = (
        select(segment.c.start, segment.c.block)
        .where(segment.c.shard == number, segment.c.tier == tier, segment.c.start < before)
        .order_by(segment.c.start, segment.c.block)
        .limit(THINNED_AT_ONCE)
    )
    return (
        delete(segment)
        .where(segment.c.shard == number, segment.c.tier == tier)
        .where(tuple_(segment.c.start, segment.c.block).in_(oldest))
    )


def _names_of(number: int) -> Any:
    return select(shard_names.c.data).where(shard_names.c.shard == number)


def _status_values(row: StatusRow) -> dict[str, object]:
    return {"number": row.shard, "owner": row.epoch, "snapshot": row.data}

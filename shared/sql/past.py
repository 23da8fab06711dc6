"""Alerts, notifications and silences that are over, and go when they are old enough."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.domain.alert import AlertState
from shared.sql.alert_rows import Delivery
from shared.sql.schema.alert import alert, alert_transition, outbox, silence
from shared.sql.transaction import writing

_ENDED = (AlertState.RESOLVED.value, AlertState.INACTIVE.value)


class SqlPast:
    """What is over, as the owners of the shards clear it away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def remove(self, shards: Collection[int], before: datetime, *, limit: int = 200) -> int:
        """Remove what was over before a moment, of each kind so much at most; return how much.

        An alert goes with everything that was recorded of it, and stays for as long as one of
        its notifications is still to be delivered. Doing this twice, or as somebody who has lost
        a shard, harms nobody: nothing that is over becomes anything else.
        """
        async with writing(self._engine) as connection:
            ids = await _ids(connection, _alerts(shards, before).limit(limit))
            stray = await _ids(connection, _without_alert(shards, before).limit(limit))
            past = await _ids(connection, _silences(before).limit(limit))
            for gone in (
                delete(outbox).where(or_(outbox.c.alert_id.in_(ids), outbox.c.id.in_(stray))),
                delete(alert_transition).where(alert_transition.c.alert_id.in_(ids)),
                delete(alert).where(alert.c.id.in_(ids)),
                delete(silence).where(silence.c.id.in_(past)),
            ):
                await connection.execute(gone)
        return len(ids) + len(stray) + len(past)


def _alerts(shards: Collection[int], before: datetime) -> Select[Any]:
    undelivered = exists().where(
        outbox.c.alert_id == alert.c.id, outbox.c.state == Delivery.PENDING.value
    )
    return (
        select(alert.c.id)
        .where(alert.c.state.in_(_ENDED), alert.c.began_at < before)  # as the index has them
        .where(alert.c.resolved_at < before, alert.c.shard.in_(shards), ~undelivered)
    )


def _without_alert(shards: Collection[int], before: datetime) -> Select[Any]:
    """Select notifications that no alert is the reason of, such as tests."""
    return (
        select(outbox.c.id)
        .where(outbox.c.created_at < before, outbox.c.state != Delivery.PENDING.value)
        .where(outbox.c.shard.in_(shards), ~exists().where(alert.c.id == outbox.c.alert_id))
    )


def _silences(before: datetime) -> Select[Any]:
    return select(silence.c.id).where(or_(silence.c.ends_at < before, silence.c.ended_at < before))


async def _ids(connection: AsyncConnection, wanted: Select[Any]) -> Sequence[str]:
    return list((await connection.execute(wanted)).scalars())

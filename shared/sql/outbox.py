"""What waits to be told to somebody, as the owners of the shards work it off."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.domain.alert import AlertState
from shared.notification import TESTS
from shared.sql.alert_rows import Delivery, is_of_transition
from shared.sql.schema.alert import alert, outbox
from shared.sql.schema.count import shard
from shared.sql.transaction import reading, writing

_PENDING = outbox.c.state == Delivery.PENDING.value


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one target is to be told of one transition; `attempts` were made before."""

    id: str
    shard: int
    alert_id: str
    sequence: int
    target: str
    payload: str
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an attempt; a pending one is tried again `at` or later."""

    id: str
    state: Delivery
    at: datetime
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has not been told to a target: what is still tried, and what a person must look at."""

    target: str
    pending: int = 0
    failed: int = 0
    oldest: datetime | None = None  # of the pending ones


class SqlOutbox:
    """The outbox as the evaluators work on it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def due(
        self,
        shards: Collection[int],
        now: datetime,
        *,
        without: Collection[str] = (),
        limit: int = 100,
    ) -> list[Waiting]:
        """Return what is due, the longest waiting first, but for some targets.

        Per alert and target this is the first that is pending: the rest waits until it is settled.
        """
        earlier = outbox.alias("earlier")
        first = ~exists().where(
            earlier.c.alert_id == outbox.c.alert_id,
            earlier.c.target == outbox.c.target,
            earlier.c.state == Delivery.PENDING.value,
            earlier.c.sequence < outbox.c.sequence,
        )
        wanted = (
            _waiting()
            .where(outbox.c.shard.in_(shards), _PENDING)
            .where(outbox.c.next_attempt_at <= now, outbox.c.target.not_in(without), first)
            .order_by(outbox.c.next_attempt_at, outbox.c.id)
            .limit(limit)
        )
        return await self._read(wanted)

    async def claim(
        self, rows: Sequence[Waiting], epochs: Mapping[int, int], until: datetime
    ) -> set[str]:
        """Begin an attempt at each row; return the ids of those that are ours to try.

        Nobody else tries them before `until`. A shard that another process took over since the
        epoch that is given for it has nothing for us.
        """
        claimed: set[str] = set()
        async with writing(self._engine) as connection:
            for number in sorted({row.shard for row in rows} & epochs.keys()):
                ids = [row.id for row in rows if row.shard == number]
                ours = exists().where(shard.c.shard == number, shard.c.epoch == epochs[number])
                found = await connection.execute(
                    update(outbox)
                    .where(outbox.c.id.in_(ids), _PENDING, ours)
                    .values(attempts=outbox.c.attempts + 1, next_attempt_at=until)
                    .returning(outbox.c.id)
                )
                claimed |= set(found.scalars())
        return claimed

    async def settle(self, outcomes: Sequence[Settled]) -> None:
        """Note what became of attempts; what was settled otherwise meanwhile stays so."""
        async with writing(self._engine) as connection:
            for outcome in outcomes:
                await connection.execute(_settle(outcome))

    async def standing(self, shards: Collection[int], targets: Collection[str]) -> list[Waiting]:
        """Return the last that these targets took of each alert that still fires, by id.

        An alert of which they are to be told something newer is left out.
        """
        later = outbox.alias("later")
        last = ~exists().where(
            later.c.alert_id == outbox.c.alert_id,
            later.c.target == outbox.c.target,
            later.c.state != Delivery.SUPPRESSED.value,
            later.c.sequence > outbox.c.sequence,
        )
        wanted = (
            _waiting()
            .join(alert, alert.c.id == outbox.c.alert_id)
            .where(alert.c.state == AlertState.FIRING.value, alert.c.shard.in_(shards))
            .where(outbox.c.target.in_(targets), outbox.c.state == Delivery.DELIVERED.value, last)
            .where(is_of_transition())
            .order_by(outbox.c.id)
        )
        return await self._read(wanted)

    async def backlog(self, shards: Collection[int]) -> list[Backlog]:
        """Return what was not told to each target that has something pending or failed, by name.

        Tests are left out: whoever tries a target is told at once whether it takes them.
        """
        states = (Delivery.PENDING.value, Delivery.FAILED.value)
        wanted = (
            select(outbox.c.target, outbox.c.state, func.count(), func.min(outbox.c.created_at))
            .where(outbox.c.shard.in_(shards), outbox.c.state.in_(states))
            .where(~outbox.c.alert_id.startswith(TESTS))
            .group_by(outbox.c.target, outbox.c.state)
        )
        async with reading(self._engine) as connection:
            rows = (await connection.execute(wanted)).all()
        pending = {row[0]: (row[2], row[3]) for row in rows if row[1] == Delivery.PENDING.value}
        failed = {row[0]: row[2] for row in rows if row[1] == Delivery.FAILED.value}
        return [
            Backlog(target, number, failed.get(target, 0), oldest)
            for target in sorted(pending.keys() | failed.keys())
            for number, oldest in [pending.get(target, (0, None))]
        ]

    async def _read(self, wanted: Select[Any]) -> list[Waiting]:
        async with reading(self._engine) as connection:
            return [Waiting(*row) for row in await connection.execute(wanted)]


def _waiting() -> Select[Any]:
    return select(
        outbox.c.id,
        outbox.c.shard,
        outbox.c.alert_id,
        outbox.c.sequence,
        outbox.c.target,
        outbox.c.payload,
        outbox.c.attempts,
        outbox.c.created_at,
    )


def _settle(outcome: Settled) -> Update:
    values: dict[str, object] = {"state": outcome.state.value, "last_error": outcome.error}
    match outcome.state:
        case Delivery.PENDING:
            values["next_attempt_at"] = outcome.at
        case Delivery.DELIVERED:
            values["delivered_at"] = outcome.at
    return update(outbox).where(outbox.c.id == outcome.id, _PENDING).values(**values)

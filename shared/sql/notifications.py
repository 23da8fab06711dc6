"""Notifications as people see them: what became of each, and another try where it failed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, and_, exists, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.domain.errors import NotFound
from shared.sql.alert_rows import AlertChanges, Delivery, OutboxRow, write_changes
from shared.sql.schema.alert import outbox
from shared.sql.transaction import reading, writing

Place = tuple[datetime, str]  # when a notification was created, and its id


@dataclass(frozen=True, slots=True)
class StoredNotification:
    """What one target was or is to be told, and how far that has come."""

    id: str
    alert_id: str
    sequence: int
    target: str
    payload: str
    state: Delivery
    attempts: int
    next_attempt_at: datetime
    last_error: str | None
    created_at: datetime
    delivered_at: datetime | None

    @property
    def place(self) -> Place:
        """Where it stands in the list."""
        return self.created_at, self.id


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications are asked for: None leaves open."""

    id: str | None = None
    state: Delivery | None = None
    target: str | None = None
    alert: str | None = None

    def holds(self, one: StoredNotification) -> bool:
        """Whether a notification is one of these."""
        return (
            self.id in (None, one.id)
            and self.state in (None, one.state)
            and self.target in (None, one.target)
            and self.alert in (None, one.alert_id)
        )


EVERY = NotificationFilter()
RETRIABLE = (Delivery.FAILED, Delivery.PENDING)
"""What can be tried again: what failed, and at once what would be tried later."""


class SqlNotifications:
    """The notifications that the evaluators made, and those that somebody asked for."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def list(
        self, wanted: NotificationFilter = EVERY, *, after: Place | None = None, limit: int = 100
    ) -> Sequence[StoredNotification]:
        """Return notifications, the newest first: those that lie behind a place in the list."""
        found = select(outbox).where(*_conditions(wanted, outbox))
        if after is not None:
            place = tuple_(*after, types=[outbox.c.created_at.type, outbox.c.id.type])
            found = found.where(tuple_(outbox.c.created_at, outbox.c.id) < place)
        in_order = found.order_by(outbox.c.created_at.desc(), outbox.c.id.desc()).limit(limit)
        async with reading(self._engine) as connection:
            return [_stored(row) for row in await connection.execute(in_order)]

    async def get(self, id_: str) -> StoredNotification:
        """Return one notification; raises NotFound."""
        found = await self.list(NotificationFilter(id=id_), limit=1)
        if not found:
            raise NotFound("notification", id_)
        return found[0]

    async def about(self, alerts: Collection[str]) -> Sequence[StoredNotification]:
        """Return everything that was or is to be told of these alerts, in order."""
        found = select(outbox).where(outbox.c.alert_id.in_(alerts))
        in_order = found.order_by(outbox.c.alert_id, outbox.c.sequence, outbox.c.id)
        async with reading(self._engine) as connection:
            return [_stored(row) for row in await connection.execute(in_order)]

    async def retry(self, wanted: NotificationFilter, at: datetime) -> int:
        """Have those tried again that failed or are waiting; return how many of them are.

        What the target took since is told once more after what failed: the last that it hears of
        an alert must be how that stands.
        """
        states = [state.value for state in RETRIABLE]
        after = and_(outbox.c.state == Delivery.DELIVERED.value, _failed_before(wanted))
        asked = and_(*_conditions(wanted, outbox), outbox.c.state.in_(states))
        again = update(outbox).values(
            state=Delivery.PENDING.value, next_attempt_at=at, delivered_at=None
        )
        async with writing(self._engine) as connection:
            await connection.execute(again.where(after))
            done = await connection.execute(again.where(asked))
        return done.rowcount

    async def add(self, row: OutboxRow) -> None:
        """Have something told that no transition is the reason of, such as a test."""
        async with writing(self._engine) as connection:
            await write_changes(connection, AlertChanges(outbox=[row]))


def _failed_before(wanted: NotificationFilter) -> ColumnElement[bool]:
    earlier = outbox.alias("earlier")
    return exists().where(
        earlier.c.alert_id == outbox.c.alert_id,
        earlier.c.target == outbox.c.target,
        earlier.c.sequence < outbox.c.sequence,
        earlier.c.state == Delivery.FAILED.value,
        *_conditions(wanted, earlier),
    )


def _conditions(wanted: NotificationFilter, rows: FromClause) -> list[ColumnElement[bool]]:
    asked = (
        (rows.c.id, wanted.id),
        (rows.c.state, None if wanted.state is None else wanted.state.value),
        (rows.c.target, wanted.target),
        (rows.c.alert_id, wanted.alert),
    )
    return [column == value for column, value in asked if value is not None]


def _stored(row: Row[Any]) -> StoredNotification:
    return StoredNotification(
        row.id,
        row.alert_id,
        row.sequence,
        row.target,
        row.payload,
        Delivery(row.state),
        row.attempts,
        row.next_attempt_at,
        row.last_error,
        row.created_at,
        row.delivered_at,
    )

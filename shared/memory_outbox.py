"""The outbox in memory: for tests. It keeps the contract of the one in `shared.sql`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.alert import AlertState
from shared.domain.errors import NotFound
from shared.memory import MemoryShards
from shared.notification import TESTS, notification_id
from shared.sql.alert_rows import Delivery, OutboxRow
from shared.sql.notifications import (
    EVERY,
    RETRIABLE,
    NotificationFilter,
    Place,
    StoredNotification,
)
from shared.sql.outbox import Backlog, Settled, Waiting


@dataclass(slots=True)
class Progress:
    """How far a notification has come, beside its row."""

    next_attempt_at: datetime
    attempts: int = 0
    error: str | None = None
    delivered_at: datetime | None = None


class MemoryOutbox:
    """The outbox rows that flushes wrote to `MemoryShards`, and how far each has come."""

    def __init__(self, shards: MemoryShards) -> None:
        self._shards = shards
        self._progress: dict[str, Progress] = {}

    @property
    def rows(self) -> dict[str, OutboxRow]:
        """All rows by id; their states change."""
        return self._shards.alerts.outbox

    def progress(self, id_: str) -> Progress:
        """Return how far a notification has come."""
        return self._progress.setdefault(id_, Progress(self.rows[id_].created_at))

    async def due(
        self,
        shards: Collection[int],
        now: datetime,
        *,
        without: Collection[str] = (),
        limit: int = 100,
    ) -> list[Waiting]:
        found = [
            row
            for row in self._first_pending()
            if row.shard in shards
            and row.target not in without
            and self.progress(row.id).next_attempt_at <= now
        ]
        found.sort(key=lambda row: (self.progress(row.id).next_attempt_at, row.id))
        return [self._waiting(row) for row in found[:limit]]

    async def claim(
        self, rows: Sequence[Waiting], epochs: Mapping[int, int], until: datetime
    ) -> set[str]:
        claimed = set()
        for row in rows:
            ours = self._shards.epoch(row.shard) == epochs.get(row.shard)
            if ours and self.rows[row.id].state is Delivery.PENDING:
                progress = self.progress(row.id)
                progress.attempts += 1
                progress.next_attempt_at = until
                claimed.add(row.id)
        return claimed

    async def settle(self, outcomes: Sequence[Settled]) -> None:
        for outcome in outcomes:
            if self.rows[outcome.id].state is Delivery.PENDING:
                self.rows[outcome.id] = replace(self.rows[outcome.id], state=outcome.state)
                progress = self.progress(outcome.id)
                progress.error = outcome.error
                if outcome.state is Delivery.PENDING:
                    progress.next_attempt_at = outcome.at
                if outcome.state is Delivery.DELIVERED:
                    progress.delivered_at = outcome.at

    async def standing(self, shards: Collection[int], targets: Collection[str]) -> list[Waiting]:
        return [
            self._waiting(row)
            for _, row in sorted(self._last().items())
            if (alert := self._shards.alerts.rows.get(row.alert_id)) is not None
            and alert.state == AlertState.FIRING
            and alert.shard in shards
            and row.target in targets
            and row.state is Delivery.DELIVERED
        ]

    async def backlog(self, shards: Collection[int]) -> list[Backlog]:
        rows = [row for row in self.rows.values() if row.shard in shards]
        rows = [row for row in rows if not row.alert_id.startswith(TESTS)]
        pending = [row for row in rows if row.state is Delivery.PENDING]
        failed = [row for row in rows if row.state is Delivery.FAILED]
        return [
            Backlog(
                target,
                sum(row.target == target for row in pending),
                sum(row.target == target for row in failed),
                min((row.created_at for row in pending if row.target == target), default=None),
            )
            for target in sorted({row.target for row in (*pending, *failed)})
        ]

    def _first_pending(self) -> list[OutboxRow]:
        found: dict[tuple[str, str], OutboxRow] = {}
        for row in sorted(self.rows.values(), key=_sequence, reverse=True):
            if row.state is Delivery.PENDING:
                found[row.alert_id, row.target] = row
        return list(found.values())

    def _last(self) -> dict[tuple[str, str], OutboxRow]:
        found: dict[tuple[str, str], OutboxRow] = {}
        for row in sorted(self.rows.values(), key=_sequence):
            of_transition = row.id == notification_id(row.alert_id, row.sequence, row.target)
            if of_transition and row.state is not Delivery.SUPPRESSED:
                found[row.alert_id, row.target] = row
        return found

    def _waiting(self, row: OutboxRow) -> Waiting:
        return Waiting(
            row.id,
            row.shard,
            row.alert_id,
            row.sequence,
            row.target,
            row.payload,
            self.progress(row.id).attempts,
            row.created_at,
        )


def _sequence(row: OutboxRow) -> int:
    return row.sequence


class MemoryNotifications:
    """The same rows as people see them."""

    def __init__(self, outbox: MemoryOutbox) -> None:
        self._outbox = outbox

    async def list(
        self, wanted: NotificationFilter = EVERY, *, after: Place | None = None, limit: int = 100
    ) -> Sequence[StoredNotification]:
        rows = sorted(map(self._stored, self._outbox.rows), key=_place, reverse=True)
        found = [row for row in rows if wanted.holds(row) and (after is None or row.place < after)]
        return found[:limit]

    async def get(self, id_: str) -> StoredNotification:
        if id_ not in self._outbox.rows:
            raise NotFound("notification", id_)
        return self._stored(id_)

    async def about(self, alerts: Collection[str]) -> Sequence[StoredNotification]:
        found = [one for one in map(self._stored, self._outbox.rows) if one.alert_id in alerts]
        return sorted(found, key=lambda one: (one.alert_id, one.sequence, one.id))

    async def retry(self, wanted: NotificationFilter, at: datetime) -> int:
        rows = [self._stored(id_) for id_ in self._outbox.rows]
        failed = [one for one in rows if wanted.holds(one) and one.state is Delivery.FAILED]
        found = [one for one in rows if wanted.holds(one) and one.state in RETRIABLE]
        found += [
            one
            for one in rows
            if one.state is Delivery.DELIVERED and any(_is_after(one, other) for other in failed)
        ]
        for one in found:
            self._outbox.rows[one.id] = replace(self._outbox.rows[one.id], state=Delivery.PENDING)
            progress = self._outbox.progress(one.id)
            progress.next_attempt_at, progress.delivered_at = at, None
        return sum(map(wanted.holds, found))

    async def add(self, row: OutboxRow) -> None:
        self._outbox.rows.setdefault(row.id, row)

    def _stored(self, id_: str) -> StoredNotification:
        row, progress = self._outbox.rows[id_], self._outbox.progress(id_)
        return StoredNotification(
            row.id,
            row.alert_id,
            row.sequence,
            row.target,
            row.payload,
            row.state,
            progress.attempts,
            progress.next_attempt_at,
            progress.error,
            row.created_at,
            progress.delivered_at,
        )


def _is_after(one: StoredNotification, other: StoredNotification) -> bool:
    same = (one.alert_id, one.target) == (other.alert_id, other.target)
    return same and one.sequence > other.sequence


def _place(one: StoredNotification) -> Place:
    return one.place

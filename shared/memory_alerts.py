"""Alerts and silences in memory: for tests. They keep the contract of the ones in `shared.sql`."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from shared.domain.alert import AlertState
from shared.domain.errors import NotFound
from shared.domain.silence import Silence
from shared.notification import notification_id
from shared.sql.alert_rows import AlertChanges, AlertRow, Delivery, OutboxRow, TransitionRow
from shared.sql.alerts import (
    ALL,
    Acknowledgement,
    AlertFilter,
    Place,
    StoredAlert,
    acknowledgement_row,
)


class MemoryAlerts:
    """What the flushes of all shards wrote about alerts."""

    def __init__(self) -> None:
        self.rows: dict[str, AlertRow] = {}
        self.transitions: dict[tuple[str, int], TransitionRow] = {}
        self.outbox: dict[str, OutboxRow] = {}
        self._acknowledged: dict[str, Acknowledgement] = {}

    def write(self, changes: AlertChanges) -> None:
        """Take what a flush says of alerts."""
        self.rows |= {row.id: row for row in changes.alerts}
        for step in changes.transitions:
            self.transitions.setdefault((step.alert_id, step.sequence), step)
        for row in changes.outbox:
            self.outbox.setdefault(row.id, row)
        for id_, at in (changes.released or {}).items():
            if id_ in self.outbox and self.outbox[id_].state is Delivery.SUPPRESSED:
                released = replace(self.outbox[id_], state=Delivery.PENDING, created_at=at)
                self.outbox[id_] = released

    async def list(
        self, wanted: AlertFilter = ALL, *, after: Place | None = None, limit: int = 100
    ) -> Sequence[StoredAlert]:
        found = [
            row
            for row in sorted(self.rows.values(), key=_place, reverse=True)
            if (wanted.states is None or row.state in wanted.states)
            and wanted.slo in (None, row.slo)
            and wanted.service in (None, row.service)
            and wanted.severity in (None, row.severity)
            and (after is None or _place(row) < after)
        ]
        return [self._stored(row) for row in found[:limit]]

    async def standing(self, slos: Collection[str], at: datetime) -> Sequence[AlertRow]:
        return [
            row
            for row in sorted(self.rows.values(), key=_place)
            if row.slo in slos
            and row.began_at <= at
            and (row.resolved_at is None or row.resolved_at > at)
        ]

    async def get(self, id_: str) -> StoredAlert:
        if id_ not in self.rows:
            raise NotFound("alert", id_)
        return self._stored(self.rows[id_])

    async def acknowledge(self, id_: str, said: Acknowledgement) -> StoredAlert:
        if id_ in self.rows:
            self._acknowledged[id_] = said
            if self.rows[id_].state == AlertState.FIRING:
                self.write(AlertChanges(outbox=[*self._told(id_, said)]))
        return await self.get(id_)

    def _told(self, id_: str, said: Acknowledgement) -> Iterator[OutboxRow]:
        for row in self.outbox.values():
            own = row.id == notification_id(row.alert_id, row.sequence, row.target)
            if own and row.alert_id == id_ and row.state is Delivery.DELIVERED:
                yield acknowledgement_row(row, said)

    def _stored(self, row: AlertRow) -> StoredAlert:
        steps = sorted(key for key in self.transitions if key[0] == row.id)
        return StoredAlert(
            row, self._acknowledged.get(row.id), tuple(self.transitions[key] for key in steps)
        )


class MemorySilences:
    """Silences in a dict."""

    def __init__(self) -> None:
        self._silences: dict[str, Silence] = {}

    async def add(self, new: Silence) -> None:
        self._silences[new.id] = new

    async def get(self, id_: str) -> Silence:
        if id_ not in self._silences:
            raise NotFound("silence", id_)
        return self._silences[id_]

    async def list(
        self, *, ending_after: datetime | None = None, after: Place | None = None, limit: int = 100
    ) -> Sequence[Silence]:
        found = [
            one
            for one in sorted(self._silences.values(), key=_created, reverse=True)
            if (after is None or _created(one) < after)
            and (ending_after is None or (one.ends_at > ending_after and one.ended_at is None))
        ]
        return found[:limit]

    async def unended(self, now: datetime) -> Sequence[Silence]:
        return await self.list(ending_after=now, limit=len(self._silences))

    async def end(self, id_: str, at: datetime) -> Silence:
        one = await self.get(id_)
        if one.ended_at is None and one.ends_at > at:
            self._silences[id_] = one = replace(one, ended_at=at)
        return one


def _place(row: AlertRow) -> Place:
    return row.began_at, row.id


def _created(silence: Silence) -> Place:
    return silence.created_at, silence.id

"""Alerts as they are read: by people, and by whoever takes note of them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, Select, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.domain.alert import AlertState
from shared.domain.errors import NotFound
from shared.notification import Event, decode_notification, encode_notification
from shared.sql.alert_rows import (
    AlertRow,
    Delivery,
    OutboxRow,
    TransitionRow,
    add_notifications,
    is_of_transition,
)
from shared.sql.schema.alert import alert, alert_transition, outbox
from shared.sql.transaction import reading, writing

Place = tuple[datetime, str]  # when an alert began, and its id


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who has taken note of an alert, and what they said."""

    by: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert with everything that is recorded of it."""

    row: AlertRow
    acknowledged: Acknowledgement | None = None
    transitions: tuple[TransitionRow, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are asked for: None leaves open."""

    states: tuple[str, ...] | None = None
    slo: str | None = None
    service: str | None = None
    severity: str | None = None


ALL = AlertFilter()


class SqlAlerts:
    """The alerts that the evaluators have recorded."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def list(
        self, wanted: AlertFilter = ALL, *, after: Place | None = None, limit: int = 100
    ) -> Sequence[StoredAlert]:
        """Return alerts, the newest first: those that lie behind a place in the list."""
        async with reading(self._engine) as connection:
            rows = (await connection.execute(_listed(wanted, after).limit(limit))).all()
            steps = await _transitions(connection, [row.id for row in rows])
        return [_alert(row, steps.get(row.id, ())) for row in rows]

    async def standing(self, slos: Collection[str], at: datetime) -> Sequence[AlertRow]:
        """Return the alerts of some SLOs that had begun by a moment, and had not ended."""
        wanted = (
            select(alert)
            .where(alert.c.slo.in_(slos), alert.c.began_at <= at)
            .where(or_(alert.c.resolved_at.is_(None), alert.c.resolved_at > at))
            .order_by(alert.c.began_at, alert.c.id)
        )
        async with reading(self._engine) as connection:
            return [_alert(row, ()).row for row in await connection.execute(wanted)]

    async def get(self, id_: str) -> StoredAlert:
        """Return one alert; raises NotFound."""
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(alert).where(alert.c.id == id_))).one_or_none()
            steps = await _transitions(connection, [id_])
        if row is None:
            raise NotFound("alert", id_)
        return _alert(row, steps.get(id_, ()))

    async def acknowledge(self, id_: str, said: Acknowledgement) -> StoredAlert:
        """Note that somebody has taken note of an alert; whoever does so last is shown.

        While it fires, those who were told so are told this as well. Raises NotFound.
        """
        async with writing(self._engine) as connection:
            await connection.execute(
                update(alert)
                .where(alert.c.id == id_)
                .values(
                    acknowledged_by=said.by,
                    acknowledged_note=said.note,
                    acknowledged_at=said.at,
                )
            )
            told = (await connection.execute(_told_of_firing(id_))).all()
            rows = [acknowledgement_row(OutboxRow(*row), said) for row in told]
            await add_notifications(connection, rows)
        return await self.get(id_)


def acknowledgement_row(told: OutboxRow, said: Acknowledgement) -> OutboxRow:
    """Return what a target is told of somebody's taking note, after what it was told before."""
    id_ = f"{told.id}/acknowledged/{int(said.at.timestamp())}"
    before = decode_notification(told.payload)
    notification = msgspec.structs.replace(
        before, id=id_, event=Event.ACKNOWLEDGED, at=said.at, by=said.by, note=said.note
    )
    payload = encode_notification(notification)
    return replace(told, id=id_, payload=payload, state=Delivery.PENDING, created_at=said.at)


def _told_of_firing(id_: str) -> Select[Any]:
    """Select what was delivered of an alert that fires: a row for each target."""
    return (
        select(
            outbox.c.id,
            outbox.c.shard,
            outbox.c.alert_id,
            outbox.c.sequence,
            outbox.c.target,
            outbox.c.payload,
            outbox.c.state,
            outbox.c.created_at,
        )
        .join(alert, alert.c.id == outbox.c.alert_id)
        .where(alert.c.id == id_, alert.c.state == AlertState.FIRING.value)
        .where(outbox.c.state == Delivery.DELIVERED.value)
        .where(is_of_transition())
    )


def _listed(wanted: AlertFilter, after: Place | None) -> Select[Any]:
    found = select(alert).order_by(alert.c.began_at.desc(), alert.c.id.desc())
    for column in (alert.c.slo, alert.c.service, alert.c.severity):
        value = getattr(wanted, column.name)
        if value is not None:
            found = found.where(column == value)
    if wanted.states is not None:
        found = found.where(alert.c.state.in_(wanted.states))
    if after is not None:
        place = tuple_(*after, types=[alert.c.began_at.type, alert.c.id.type])
        found = found.where(tuple_(alert.c.began_at, alert.c.id) < place)
    return found


async def _transitions(
    connection: AsyncConnection, ids: Sequence[str]
) -> Mapping[str, tuple[TransitionRow, ...]]:
    found: dict[str, tuple[TransitionRow, ...]] = {}
    rows = await connection.execute(
        select(alert_transition)
        .where(alert_transition.c.alert_id.in_(ids))
        .order_by(alert_transition.c.alert_id, alert_transition.c.sequence)
    )
    for row in rows:
        found[row.alert_id] = (*found.get(row.alert_id, ()), TransitionRow(*row))
    return found


def _alert(row: Row[Any], transitions: tuple[TransitionRow, ...]) -> StoredAlert:
    said = row.acknowledged_by is not None
    return StoredAlert(
        AlertRow(
            id=row.id,
            shard=row.shard,
            slo=row.slo,
            objective=row.objective,
            service=row.service,
            group=json.loads(row.group_values),
            policy=row.policy,
            condition=row.condition,
            severity=row.severity,
            page=row.page,
            state=row.state,
            began_at=row.began_at,
            pending_since=row.pending_since,
            fired_at=row.fired_at,
            resolved_at=row.resolved_at,
            reason=row.reason,
        ),
        Acknowledgement(row.acknowledged_by, row.acknowledged_note, row.acknowledged_at)
        if said
        else None,
        transitions,
    )

"""What a flush writes about alerts. Writing it twice changes nothing, whatever came between."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, Text, bindparam, cast, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.sql.bulk import Row, execute_many
from shared.sql.schema.alert import alert, alert_transition, outbox
from shared.sql.upsert import insert_into, upsert

_API_OWNS = ("acknowledged_by", "acknowledged_note", "acknowledged_at")


class Delivery(StrEnum):
    """What became of a notification; `suppressed` ones are recorded and not sent."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class AlertRow(msgspec.Struct, frozen=True, gc=False):
    """An alert as it stands; `group` holds the values of the group's fields."""

    id: str
    shard: int
    slo: str
    objective: str
    service: str
    group: Mapping[str, str]
    policy: str
    condition: str
    severity: str
    page: bool
    state: str
    began_at: datetime
    pending_since: datetime | None = None
    fired_at: datetime | None = None
    resolved_at: datetime | None = None
    reason: str | None = None


class TransitionRow(msgspec.Struct, frozen=True, gc=False):
    """One step of an alert; `sequence` counts from 1, `figures` is JSON."""

    alert_id: str
    sequence: int
    at: datetime
    state: str
    reason: str | None
    figures: str


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """What one target is to be told of one transition; `id` is the idempotency key."""

    id: str
    shard: int
    alert_id: str
    sequence: int
    target: str
    payload: str
    state: Delivery
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AlertChanges:
    """What happened to the alerts of one shard since its last flush.

    `released` are the ids of suppressed notifications that are to be sent after all, from a moment
    on: as if they had been created then.
    """

    alerts: Sequence[AlertRow] = ()
    transitions: Sequence[TransitionRow] = ()
    outbox: Sequence[OutboxRow] = ()
    released: Mapping[str, datetime] | None = None

    def __bool__(self) -> bool:
        return bool(self.alerts or self.transitions or self.outbox or self.released)


NO_CHANGES = AlertChanges()


async def write_changes(connection: AsyncConnection, changes: AlertChanges) -> None:
    """Write everything that happened to alerts, inside the transaction of a flush."""
    if not changes:
        return
    last = {row.id: row for row in changes.alerts}
    await execute_many(
        connection, upsert(connection, alert, keep=_API_OWNS), last.values(), _alert_values
    )
    await _add(connection, alert_transition, changes.transitions, _transition_values)
    await add_notifications(connection, changes.outbox)
    await execute_many(connection, _RELEASE, (changes.released or {}).items(), _release_values)


async def add_notifications(connection: AsyncConnection, rows: Sequence[OutboxRow]) -> None:
    """Put notifications into the outbox, but for those that are there already."""
    await _add(connection, outbox, rows, _outbox_values)


def is_of_transition() -> ColumnElement[bool]:
    """Tell what is said of a transition from what somebody said about an alert since."""
    sequence = cast(outbox.c.sequence, Text)
    return outbox.c.id == outbox.c.alert_id + "/" + sequence + "/" + outbox.c.target


async def _add(
    connection: AsyncConnection,
    table: Table,
    rows: Iterable[Row],
    values: Callable[[Row], dict[str, Any]],
) -> None:
    """Add rows; those that are there already stay as whoever else has made them since."""
    await execute_many(
        connection, insert_into(connection, table).on_conflict_do_nothing(), rows, values
    )


_RELEASE = (
    update(outbox)
    .where(outbox.c.id == bindparam("released"), outbox.c.state == bindparam("before"))
    .values(state=bindparam("after"), next_attempt_at=bindparam("due"), created_at=bindparam("due"))
)


def _release_values(release: tuple[str, datetime]) -> dict[str, Any]:
    id_, at = release
    before, after = Delivery.SUPPRESSED.value, Delivery.PENDING.value
    return {"released": id_, "before": before, "after": after, "due": at}


def _alert_values(row: AlertRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "shard": row.shard,
        "slo": row.slo,
        "objective": row.objective,
        "service": row.service,
        "group_values": json.dumps(dict(row.group)) if row.group else "{}",
        "policy": row.policy,
        "condition": row.condition,
        "severity": row.severity,
        "page": row.page,
        "state": row.state,
        "began_at": row.began_at,
        "pending_since": row.pending_since,
        "fired_at": row.fired_at,
        "resolved_at": row.resolved_at,
        "reason": row.reason,
    }


def _transition_values(row: TransitionRow) -> dict[str, Any]:
    return {
        "alert_id": row.alert_id,
        "sequence": row.sequence,
        "at": row.at,
        "state": row.state,
        "reason": row.reason,
        "figures": row.figures,
    }


def _outbox_values(row: OutboxRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "shard": row.shard,
        "alert_id": row.alert_id,
        "sequence": row.sequence,
        "target": row.target,
        "payload": row.payload,
        "state": row.state.value,
        "attempts": 0,
        "next_attempt_at": row.created_at,
        "created_at": row.created_at,
    }

"""Asks for notifications: another try of what failed, and a test of a target."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Protocol
from uuid import uuid4

import msgspec

from services.api.schema.notification import Notification
from shared.domain.errors import NotFound
from shared.domain.series import shard_of
from shared.domain.target import Target
from shared.notification import (
    TESTS,
    Event,
    Figures,
    decode_notification,
    encode_notification,
    notification_id,
)
from shared.notification import Notification as Payload
from shared.sql.alert_rows import Delivery, OutboxRow
from shared.sql.notifications import NotificationFilter, Place, StoredNotification


class NotificationStore(Protocol):
    """Where notifications are kept."""

    async def list(
        self, wanted: NotificationFilter, *, after: Place | None = None, limit: int = 100
    ) -> Sequence[StoredNotification]:
        """Return notifications, the newest first."""

    async def get(self, id_: str) -> StoredNotification:
        """Return one notification; raises NotFound."""

    async def about(self, alerts: Collection[str]) -> Sequence[StoredNotification]:
        """Return everything that was or is to be told of these alerts, in order."""

    async def retry(self, wanted: NotificationFilter, at: datetime) -> int:
        """Have those tried again that failed or are waiting, and what came after what failed.

        Return how many of those asked for are.
        """

    async def add(self, row: OutboxRow) -> None:
        """Have something told that no transition is the reason of."""


def shown(stored: StoredNotification) -> Notification:
    """Return a notification as the api answers it."""
    waiting = stored.state is Delivery.PENDING
    return Notification(
        id=stored.id,
        alert=stored.alert_id,
        sequence=stored.sequence,
        event=_event(stored.payload),
        target=stored.target,
        state=stored.state,
        attempts=stored.attempts,
        next_attempt_at=stored.next_attempt_at if waiting else None,
        last_error=stored.last_error,
        created_at=stored.created_at,
        delivered_at=stored.delivered_at,
    )


def rehearsal_of(target: Target, shards: int, now: datetime) -> OutboxRow:
    """Return a test of a target, for the evaluator that owns the shard which its name falls on.

    It goes the way of every notification, with the secrets of the process that will send them.
    """
    alert = f"{TESTS}{uuid4().hex}"
    payload = Payload(
        id=notification_id(alert, 1, target.name),
        alert=alert,
        sequence=1,
        event=Event.TEST,
        at=now,
        starts_at=now,
        slo="leeway-test",
        objective="test",
        policy="test",
        condition="test",
        severity="info",
        page=False,
        target=target.name,
        figures=Figures(target=0.999, window="30d"),
        description="Somebody asked Leeway to try whether its notifications arrive.",
    )
    return OutboxRow(
        payload.id,
        shard_of(target.name, shards),
        alert,
        1,
        target.name,
        encode_notification(payload),
        Delivery.PENDING,
        now,
    )


def target_named(targets: dict[str, Target], name: str) -> Target:
    """Return a target by name; raises NotFound."""
    if name not in targets:
        raise NotFound("AlertNotificationTarget", name)
    return targets[name]


def utc(seconds: float) -> datetime:
    """Return the clock's seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def _event(payload: str) -> Event | None:
    try:
        return decode_notification(payload).event
    except msgspec.MsgspecError:
        return None

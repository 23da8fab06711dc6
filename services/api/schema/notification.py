"""Answers about notifications and the targets that they go to."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from services.api.schema.answer import Answer, NextCursor
from shared.domain.target import TargetKind
from shared.notification import Event
from shared.sql.alert_rows import Delivery

Attempts = Annotated[int, Field(description="Attempts that were begun.")]
NextAttempt = Annotated[datetime | None, Field(description="When it is tried next, if it is.")]
LastError = Annotated[str | None, Field(description="Why the last attempt did not succeed.")]
EventName = Annotated[Event | None, Field(description="What it tells; null when unreadable.")]


class Notification(Answer):
    """What one target was or is to be told of one transition of an alert."""

    id: str
    alert: str
    sequence: int
    event: EventName
    target: str
    state: Delivery
    attempts: Attempts
    next_attempt_at: NextAttempt
    last_error: LastError
    created_at: datetime
    delivered_at: datetime | None


class Notifications(Answer):
    """A page of notifications, the newest first."""

    items: list[Notification]
    next_cursor: NextCursor


class Retried(Answer):
    """How many notifications are tried again."""

    retried: int


class Target(Answer):
    """Whom notifications go to; `needs` says what is missing before any can be sent."""

    name: str
    type: TargetKind | None
    description: str | None
    needs: str | None


class Targets(Answer):
    """A page of targets, by name."""

    items: list[Target]
    next_cursor: NextCursor

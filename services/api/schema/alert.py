"""Alerts now and before, and what people say about them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.api.parameter import PLAIN
from services.api.schema.answer import Answer, NextCursor
from services.api.schema.notification import Notification
from shared.domain.alert import AlertState

LONGEST_NOTE = 4_000

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=PLAIN)
]
Note = Annotated[str, StringConstraints(max_length=LONGEST_NOTE, pattern=PLAIN)]


class Transition(Answer):
    """One step of an alert, with the figures that caused it."""

    at: datetime
    state: AlertState
    reason: str | None = None
    figures: dict[str, Any]


class Acknowledgement(Answer):
    """Who has taken note of an alert, and what they said."""

    by: str
    note: str
    at: datetime


class Alert(Answer):
    """One alert; the state `inactive` says that it was pending and never fired."""

    id: str
    slo: str
    objective: str
    service: str
    group: dict[str, str]
    policy: str
    condition: str
    severity: str
    page: bool = Field(description="Whether the severity ranks as page.")
    state: AlertState
    from_: datetime | None = Field(alias="from", description="When it began to fire.")
    to: datetime | None = Field(description="When it was over.")
    reason: str | None = Field(description="Why it is over: recovered, no_data or deleted.")
    pending_since: datetime | None
    acknowledged: Acknowledgement | None
    transitions: list[Transition]
    notifications: list[Notification] = Field(description="What was told to whom, in order.")


class Alerts(Answer):
    """A page of alerts, the newest first."""

    items: list[Alert]
    next_cursor: NextCursor


class Acknowledge(BaseModel):
    """What somebody says who takes note of an alert."""

    model_config = ConfigDict(extra="forbid")

    by: Name | None = Field(
        default=None, description="Who it is; not needed where a token says so."
    )
    note: Note = ""

"""Silences: which alerts nobody is told of, and for how long."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.api.parameter import PLAIN
from services.api.schema.alert import Name, Note
from services.api.schema.answer import Answer, NextCursor
from shared.domain.silence import Comparison

MOST_MATCHERS = 50

Value = Annotated[str, StringConstraints(max_length=1_000, pattern=PLAIN)]


class SilenceState(StrEnum):
    """Whether a silence is in force."""

    WAITING = "waiting"
    ACTIVE = "active"
    OVER = "over"


class Matcher(BaseModel):
    """One demand on an alert: `slo`, `severity` ..., or a field of its group as `group.FIELD`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Value
    op: Comparison = Field(
        default=Comparison.EQUAL, description="`=~` is a regular expression (RE2) for the whole."
    )
    value: Value


class NewSilence(BaseModel):
    """What is to be silenced: alerts that every matcher matches."""

    model_config = ConfigDict(extra="forbid")

    matchers: list[Matcher] = Field(min_length=1, max_length=MOST_MATCHERS)
    starts_at: AwareDatetime | None = Field(default=None, description="Now when left out.")
    ends_at: AwareDatetime | None = Field(default=None, description="Either this or `duration`.")
    duration: str | None = Field(default=None, description="Such as `30m`, `2h` or `1d`.")
    created_by: Name | None = Field(
        default=None, description="Who asks for it; not needed where a token says so."
    )
    note: Note = ""


class Silence(Answer):
    """One silence."""

    id: str
    state: SilenceState
    matchers: list[Matcher]
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = Field(description="When it was ended early.")
    created_by: str
    created_at: datetime
    note: str


class Silences(Answer):
    """A page of silences, the newest first."""

    items: list[Silence]
    next_cursor: NextCursor

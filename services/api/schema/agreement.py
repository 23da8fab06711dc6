"""Agreements: what was promised to whom, who agreed to it, and whether it is kept."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from services.api.schema.answer import Answer, NextCursor
from services.api.schema.budget import ErrorBudget, Window
from shared.domain.agreement import Standing
from shared.domain.budget import State

_PRINT = r"^[^\x00-\x1f\x7f]*$"
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_PRINT)]
Note = Annotated[str, StringConstraints(max_length=1_000, pattern=_PRINT)]


class Signing(Answer):
    """What a party does: for which team, by whom, and what was looked at."""

    team: Line
    person: Line
    version: int | None = Field(default=None, description="Refused unless this is the newest.")
    sha256: str | None = Field(default=None, description="Refused unless this is its content.")
    note: Note | None = None


class Signature(Answer):
    """Who did something for which team, and when; `sha256` is that of the content."""

    team: str
    person: str
    at: datetime
    sha256: str
    note: str | None


class Party(Answer):
    """A team of an agreement."""

    team: str
    owner: str | None = None
    contact: str | None = None


class Scope(Answer):
    """What an agreement is about."""

    services: list[str]
    included: str | None
    excluded: str | None


class Review(Answer):
    """When the parties look at an agreement again."""

    every: str | None
    next: date | None


class Hours(Answer):
    """Hours of some days of the week, as `08:00`; the end of a day is `24:00`."""

    days: list[str]
    from_: str = Field(alias="from")
    until: str


class ServiceHours(Answer):
    """When the service is attended to; figures do not depend on it."""

    time_zone: str
    hours: list[Hours]


class Escalation(Answer):
    """Whom to turn to, and how long after the one before."""

    after: str | None
    team: str | None
    contact: str


class Period(Answer):
    """What was counted in one period of a promise. Null means that there is no data."""

    from_: datetime = Field(alias="from")
    to: datetime
    ended: bool
    complete: bool = Field(description="Whether everything from its beginning on was counted.")
    in_effect: bool = Field(description="Whether the agreement held during any part of it.")
    target: float
    good: int | None
    bad: int | None
    total: int | None
    sli: float | None
    met: bool | None = Field(description="Whether the SLI is not below the target, so far.")
    error_budget: ErrorBudget


class PromiseGroup(Answer):
    """How the current period of a promise stands for one group of its SLO."""

    group: dict[str, str]
    state: State
    good: int | None
    bad: int | None
    total: int | None
    sli: float | None
    met: bool | None
    error_budget: ErrorBudget


class Promise(Answer):
    """One objective as it is promised, and whether it is kept."""

    slo: str
    objective: str | None
    service: str | None
    target: float | None
    slo_target: float | None = Field(description="What the SLO itself aims at.")
    window: Window | None
    time_zone: str = Field(description="In which days and months are reckoned.")
    state: State
    reason: str | None = Field(description="Why there are no figures, or how far they go.")
    current: Period | None
    past: list[Period] = Field(description="The last 12 periods, the latest first.")
    groups: list[PromiseGroup] = Field(
        description="Of a grouped SLO every group, so far; the promise is about all together."
    )


class Pending(Answer):
    """A later version: it is not agreed yet, or its first day has not come."""

    version: int
    state: Standing
    waiting_for: list[str]
    effective_from: date


class Version(Answer):
    """One version of an agreement, and what its parties did about it."""

    version: int
    state: Standing
    at: datetime
    author: str
    verified: bool
    sha256: str = Field(description="Of the terms, as canonical JSON.")
    effective_from: date
    effective_until: date | None
    proposed: Signature | None
    acceptances: list[Signature]
    waiting_for: list[str]
    terminated: Signature | None
    changes: list["Alteration"] = Field(description="What differs from the version before.")
    body: dict[str, Any]
    terms: dict[str, Any] = Field(description="What is agreed on, with all targets filled in.")


class Alteration(Answer):
    """One property of the terms that differs between two versions; null where it is not there."""

    path: str
    before: Any
    after: Any


class Versions(Answer):
    """The versions of an agreement, the newest first."""

    items: list[Version]


class Agreement(Answer):
    """An agreement by the version that it is known by, and how its promises stand."""

    agreement: str
    display_name: str | None
    description: str | None
    type: str
    state: Standing
    version: int
    sha256: str
    pending: Pending | None = Field(description="A later version, to take its place.")
    compliance: State = Field(description="The worst of its promises.")
    provider: Party
    consumers: list[Party]
    scope: Scope | None
    effective_from: date
    effective_until: date | None
    review: Review | None
    service_hours: ServiceHours | None
    escalation: list[Escalation]
    notes: list[str] = Field(description="What a reader of the figures should know.")
    acceptances: list[Signature]
    waiting_for: list[str]
    terminated: Signature | None
    at: datetime
    revision: int
    promises: list[Promise]


class Agreements(Answer):
    """A page of agreements, with the current period of each promise only."""

    items: list[Agreement]
    next_cursor: NextCursor


class Signed(Answer):
    """What came of it: the revision of the definitions, and the agreement as it is now."""

    revision: int
    agreement: Agreement

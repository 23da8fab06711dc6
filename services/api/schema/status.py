"""Where an SLO stands: the status of the contract."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.api.schema.answer import Answer, NextCursor
from shared.domain.budget import State


class Window(Answer):
    """The interval that the figures of an objective cover, exactly."""

    type: Literal["rolling", "calendar"]
    duration: str = Field(description="As written in the definition.")
    from_: datetime | None = Field(alias="from")
    to: datetime | None


class WholePeriod(Answer):
    """The budget of a whole calendar period, by what it is expected to count."""

    ends_at: datetime
    expected_total: float | None = Field(
        description="Scaled from what was counted so far, at least that of the period before."
    )
    allowed: float | None
    consumed_ratio: float | None
    remaining_ratio: float | None


class ErrorBudget(Answer):
    """What may still go wrong."""

    allowed: float | None = Field(description="Bad events (or slices) that the promise allows.")
    consumed_ratio: float | None
    remaining_ratio: float | None = Field(description="1 is untouched, below 0 is overspent.")
    exhausted_at: datetime | None = Field(
        description="When the budget is spent at the burn rate of the last hour."
    )
    whole_period: WholePeriod | None = None


class ConditionState(Answer):
    """How one condition of one policy stands; of all groups, the worst one."""

    policy: str
    condition: str
    severity: str
    state: Literal["inactive", "pending", "firing"]
    since: datetime | None = Field(
        default=None, description="Since when it has been pending, or has been firing."
    )
    alert: str | None = Field(default=None, description="The alert, as in `/v1/alerts/{id}`.")


class Objective(Answer):
    """Where one objective stands. Ratios are 0..1; null means that there is no data."""

    name: str
    target: float
    budgeting_method: str
    state: State
    window: Window
    good: int | None
    bad: int | None
    total: int | None
    sli: float | None
    coverage: float | None = Field(description="Share of the window's slices that counted.")
    counted_since: datetime | None = Field(
        description="Everything read since then was counted by this definition."
    )
    ever_breached: bool | None = Field(
        description="Whether any moment of the window was breached; null when not known any more."
    )
    raw: None = Field(default=None, description="The figures before exclusions.")
    error_budget: ErrorBudget
    burn_rates: dict[str, float | None]
    alerts: list[ConditionState] = Field(
        description="Empty when looking back, where `/v1/alerts` knows."
    )


class Group(Answer):
    """The objectives of one combination of the fields that the SLI groups by."""

    group: dict[str, str]
    objectives: list[Objective]


class Status(Answer):
    """Where an SLO stands at one moment."""

    slo: str
    display_name: str | None = None
    service: str
    owner: str | None = None
    runbook: str | None = None
    revision: int = Field(description="Of the definitions.")
    state: State
    reason: str | None = Field(
        default=None, description="Why there are no figures, or no fresh ones."
    )
    at: datetime
    complete_until: datetime | None = Field(
        description="Every event before this moment is in the figures."
    )
    lost_offsets: int = Field(
        default=0, description="Events that Kafka deleted before they were counted."
    )
    objectives: list[Objective]
    groups: list[Group]


class Statuses(Answer):
    """A page of statuses, and how many SLOs of the whole list are in each state."""

    items: list[Status]
    next_cursor: NextCursor
    states: dict[State, int]


class Step(Answer):
    """What was counted in one step of an objective's history."""

    objective: str
    from_: datetime = Field(alias="from")
    to: datetime
    good: int | None
    total: int | None
    sli: float | None
    burn_rate: float | None = Field(description="Over this step.")
    remaining_ratio: float | None = Field(
        description="Of the budget of the objective's window that ends with this step."
    )


class History(Answer):
    """The steps of an SLO's objectives, oldest first, one objective after the other."""

    items: list[Step]
    next_cursor: NextCursor

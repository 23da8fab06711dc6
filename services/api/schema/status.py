"""Where an SLO stands: the status of the contract."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from services.api.schema.answer import Answer, NextCursor
from services.api.schema.budget import ErrorBudget, Window
from services.api.schema.exclusion import Exclusion
from shared.domain.budget import State


class Version(Answer):
    """A target, and what it allowed of what was counted while it was in force."""

    target: float
    from_: datetime = Field(alias="from")
    to: datetime
    total: int
    allowed: float


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


class Events(Answer):
    """The events behind slices, over the objective's own window."""

    good: int
    total: int


class Raw(Answer):
    """What an objective would be without its exclusions."""

    good: int | None
    bad: int | None
    total: int | None
    sli: float | None
    coverage: float | None
    events: Events | None = None
    error_budget: ErrorBudget
    burn_rates: dict[str, float | None]


class WorstGroup(Answer):
    """The group with the least of its budget left."""

    group: dict[str, str]
    state: State
    sli: float | None
    remaining_ratio: float = Field(
        description="Of its budget: for calendar windows that of the whole period."
    )


class Rollup(Answer):
    """How an objective stands across its groups; its own figures are those of all together."""

    groups: int
    worst: WorstGroup | None = Field(description="Null when no group has data.")


class Objective(Answer):
    """Where one objective stands. Ratios are 0..1; null means that there is no data."""

    name: str
    target: float
    budgeting_method: str
    state: State
    window: Window
    good: int | None = Field(description="Events, or slices; null for the ratios of slices.")
    bad: int | None
    total: int | None = Field(description="Events, or slices that counted.")
    sli: float | None
    coverage: float | None = Field(
        description="Share that counted of the window's slices that have ended."
    )
    events: Events | None = Field(
        default=None, description="The events of an objective that counts slices."
    )
    counted_since: datetime | None = Field(
        description="Everything read since then was counted by this definition."
    )
    ever_breached: bool | None = Field(
        description="Whether any moment of the window was breached; null when not known any more."
    )
    versions: list[Version] = Field(
        default=[], description="The targets of this window, where it changed inside it."
    )
    raw: Raw | None = Field(default=None, description="The figures before exclusions.")
    error_budget: ErrorBudget
    burn_rates: dict[str, float | None]
    alerts: list[ConditionState] = Field(
        description="Empty when looking back, where `/v1/alerts` knows."
    )
    rollup: Rollup | None = Field(default=None, description="Where the SLI groups by fields.")


class CompositePeriod(Answer):
    """The budget of a whole calendar period for all parts of a composite together."""

    consumed_ratio: float | None
    remaining_ratio: float | None


class Composite(Answer):
    """What the parts of a composite SLO come to together; they have targets, it has none.

    Occurrences: shares of the budgets and burn rates, added up by weight. Timeslices: slices, bad
    when bad for any part. RatioTimeslices: 1 - what the parts lack of 1, added up by weight.
    """

    good: int | None = None
    bad: int | None = None
    total: int | None = None
    sli: float | None = None
    consumed_ratio: float | None = None
    remaining_ratio: float | None = None
    whole_period: CompositePeriod | None = None
    burn_rates: dict[str, float | None] = Field(default_factory=dict)
    without_data: list[str] = Field(description="Parts that counted nothing and add nothing.")


class Group(Answer):
    """The objectives of one combination of the fields that the SLI groups by."""

    group: dict[str, str]
    objectives: list[Objective]
    composite: Composite | None = None


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
    composite: Composite | None = Field(
        default=None, description="All parts together, where each objective has its own indicator."
    )
    groups: list[Group]
    exclusions: list[Exclusion] = Field(default_factory=list)


class Statuses(Answer):
    """A page of statuses, and how many SLOs of the whole list are in each state."""

    items: list[Status]
    next_cursor: NextCursor
    states: dict[State, int]

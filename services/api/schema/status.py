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


class Recurrence(Answer):
    """When something happens again and again."""

    rrule: str
    start: str = Field(description="In the civil time of the zone.")
    duration_seconds: int
    time_zone: str


class Exclusion(Answer):
    """What does not count, when, and why."""

    name: str
    from_: datetime | None = Field(alias="from", description="Null where it recurs.")
    until: datetime | None = Field(description="Null where it recurs.")
    recurrence: Recurrence | None = Field(description="Null where it happens once.")
    predicate: str | None = Field(description="Null when everything in that time is excluded.")
    reason: str
    approved_by: str
    in_force: bool = Field(description="Whether it is in force at this moment.")


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


class RawStep(Answer):
    """What one step would be without exclusions."""

    good: int | None
    total: int | None
    sli: float | None


class Step(Answer):
    """What was counted in one step of an objective's history."""

    objective: str
    from_: datetime = Field(alias="from")
    to: datetime
    good: int | None
    total: int | None
    sli: float | None
    raw: RawStep | None = Field(default=None, description="What was counted before exclusions.")
    burn_rate: float | None = Field(description="Over this step.")
    remaining_ratio: float | None = Field(
        description="Of the budget of the objective's window that ends with this step."
    )


class History(Answer):
    """The steps of an SLO's objectives, oldest first, one objective after the other."""

    items: list[Step]
    next_cursor: NextCursor

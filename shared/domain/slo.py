"""Service level objectives as the services use them: compiled, resolved, checked.

Documents become these through `shared.definitions.compile`; nothing here knows about YAML.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from shared.domain.exclusion import Exclusion
from shared.domain.predicate import Path, Predicate
from shared.domain.target import Target


@dataclass(frozen=True, slots=True)
class DataSource:
    """A Kafka topic that holds events, and where their standard fields are.

    `builtin` sources demand a service in every event. Paths lead into the event (for
    CloudEvents into `data`).
    """

    name: str
    topic: str
    timestamp_field: Path = ("ts",)
    id_field: Path = ("id",)
    weight_field: Path = ("count",)
    service_field: Path = ("service",)
    builtin: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is counted: for each event of one source, whether it is valid and whether it is good.

    An event is valid when `total` holds, and good when `good` holds as well. Threshold
    indicators put `IsNumber(field)` into `total` themselves and name the field in `value_field`,
    so that the events that lack it can be counted by a metric. `weight_field` overrides the
    source's weight for this indicator. `group_by` makes one series per combination of values.

    `key` identifies what is counted: two indicators that count the same have the same key;
    a target, a window or a name is not part of it (`shared.domain.series.indicator_key`).
    """

    key: str
    source: DataSource
    total: Predicate
    good: Predicate
    value_field: Path | None = None
    weight_field: Path | None = None
    group_by: tuple[Path, ...] = ()


class BudgetingMethod(StrEnum):
    """How the error budget is counted (OpenSLO `budgetingMethod`)."""

    OCCURRENCES = "Occurrences"
    TIMESLICES = "Timeslices"
    RATIO_TIMESLICES = "RatioTimeslices"


@dataclass(frozen=True, slots=True)
class RollingWindow:
    """The last `seconds`, as written in `text` (`30d`)."""

    seconds: int
    text: str


@dataclass(frozen=True, slots=True)
class CalendarWindow:
    """`[start + k * duration, start + (k+1) * duration)` in civil time of `time_zone`.

    `start` is civil, without zone, as `YYYY-MM-DD HH:MM:SS`; `unit` is one of h d w M Q Y.
    """

    count: int
    unit: str
    text: str
    start: str
    time_zone: str


Window = RollingWindow | CalendarWindow


@dataclass(frozen=True, slots=True)
class AlertCondition:
    """A burn rate that must not last. All times in seconds; `*_text` as written.

    `budget_below` and `exhausted_within` narrow it to when so little of the budget is left.
    """

    name: str
    severity: str
    op: str  # lt, lte, gt, gte
    threshold: Decimal
    lookback: int
    lookback_text: str
    short_window: int | None = None
    short_window_text: str | None = None
    alert_after: int = 0
    keep_firing_for: int = 0
    min_bad_events: int = 1
    budget_below: Decimal | None = None
    exhausted_within: int | None = None
    exhausted_within_text: str | None = None

    @property
    def asks_for_budget(self) -> bool:
        """Whether it holds only while so little of the error budget is left."""
        return self.budget_below is not None or self.exhausted_within is not None


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """Which condition alerts whom, and when."""

    name: str
    condition: AlertCondition
    targets: tuple[str, ...] = ()
    alert_when_breaching: bool = True
    alert_when_resolved: bool = False
    alert_when_no_data: bool = False


@dataclass(frozen=True, slots=True)
class Former:
    """A target that was in force until a moment (seconds), when another took its place."""

    target: Decimal
    until: int


@dataclass(frozen=True, slots=True)
class Objective:
    """A promise that at least `target` of what is counted is good.

    `indicator` counts valid and good events. When good (or bad) and total come from different
    data sources, `indicator` counts the total (its `good` never holds) and `good_indicator`
    (or, with `other_is_bad`, the bad one) counts the other side as its total. `former` are the
    targets before this one, the oldest first, of what is counted still.
    """

    name: str
    target: Decimal
    indicator: Indicator
    good_indicator: Indicator | None = None
    other_is_bad: bool = False
    weight: Decimal = Decimal(1)
    slice_target: Decimal | None = None
    slice_seconds: int | None = None
    former: tuple[Former, ...] = ()


@dataclass(frozen=True, slots=True)
class Subtracted:
    """What `indicator` counts is excluded from the indicator with the key `of`.

    While all `members`, positions among the exclusions of the SLO, are in force at once.
    """

    of: str
    members: tuple[int, ...]
    indicator: Indicator


@dataclass(frozen=True, slots=True)
class SLO:
    """One OpenSLO SLO, resolved. `composite` when the indicators are inside its objectives.

    `agreement` names the agreement in which one of its objectives is promised, with a target and
    a window of its own; None for the SLO itself. `exclusions` are what it does not count, and
    `subtracted` what is counted to take it out.
    """

    name: str
    service: str
    window: Window
    objectives: tuple[Objective, ...]
    budgeting_method: BudgetingMethod = BudgetingMethod.OCCURRENCES
    policies: tuple[AlertPolicy, ...] = ()
    display_name: str | None = None
    description: str | None = None
    composite: bool = False
    no_data: str = "exclude"
    silence_after: int = 3600
    owner: str | None = None
    runbook: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    agreement: str | None = None
    exclusions: tuple[Exclusion, ...] = ()
    subtracted: tuple[Subtracted, ...] = ()

    def indicators(self) -> tuple[Indicator, ...]:
        """Return all that is counted for this SLO, each thing once."""
        found = {indicator.key: indicator for indicator in self.measures()}
        for one in self.subtracted:
            found.setdefault(one.indicator.key, one.indicator)
        return tuple(found.values())

    def measures(self) -> tuple[Indicator, ...]:
        """Return what its objectives measure, each thing once, in their order."""
        found: dict[str, Indicator] = {}
        for objective in self.objectives:
            for indicator in (objective.indicator, objective.good_indicator):
                if indicator is not None:
                    found.setdefault(indicator.key, indicator)
        return tuple(found.values())

    def topics(self) -> tuple[str, ...]:
        """Return the topics that this SLO reads, by name."""
        parts = (one for o in self.objectives for one in (o.indicator, o.good_indicator) if one)
        found = {indicator.source.topic for indicator in parts}
        found.update(one.indicator.source.topic for one in self.subtracted)
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All definitions of one revision, compiled.

    `counted_from` holds, per (SLO name, indicator key), the revision that first defined it.
    `not_evaluated` names the SLOs that load but are not evaluated, with the reason. `targets` are
    all that policies may name, by name.
    """

    revision: int
    slos: tuple[SLO, ...]
    services: Mapping[str, str | None] = field(default_factory=dict)  # name -> display name
    counted_from: Mapping[tuple[str, str], int] = field(default_factory=dict)
    not_evaluated: Mapping[str, str] = field(default_factory=dict)
    promised: tuple[SLO, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)

    def sources(self) -> tuple[DataSource, ...]:
        """Return every data source that some SLO reads, by name."""
        found = {i.source.name: i.source for slo in self.slos for i in slo.indicators()}
        return tuple(found[name] for name in sorted(found))

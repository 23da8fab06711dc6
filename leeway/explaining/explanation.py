"""What an SLO counts and promises, in figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from leeway.explaining.alert import Alert, alerts_of, joint_alerts
from shared.definitions.query_text import write_query
from shared.domain.alert_rule import burns_together
from shared.domain.calendar import period_at
from shared.domain.predicate import EVERYTHING, And, Predicate
from shared.domain.slo import SLO, CalendarWindow, Indicator, Objective
from shared.domain.window import Rolling


@dataclass(frozen=True, slots=True)
class Traffic:
    """What an objective counted over its window so far: events, and seconds."""

    events: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Counting:
    """A query on a topic, and the role of the events that it finds: total, good or bad."""

    role: str
    source: str
    topic: str
    query: str
    value_field: str | None
    weight_field: str | None
    group_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """What may fail in a window; slices where they are counted, events where traffic is known."""

    ratio: Decimal
    full_outage_seconds: float
    slices: int | None
    allowed_slices: float | None
    events: int | None
    allowed_events: float | None


@dataclass(frozen=True, slots=True)
class ObjectiveExplained:
    """One promise: what it counts, what it allows, and who is told when."""

    objective: Objective
    counted: tuple[Counting, ...]
    budget: Budget
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One SLO; `start` and `end` bound its current window, in seconds since the epoch."""

    slo: SLO
    start: int
    end: int
    objectives: tuple[ObjectiveExplained, ...]
    joint_alerts: tuple[Alert, ...]


def explain_slo(slo: SLO, traffic: Mapping[str, Traffic], *, now: int) -> Explanation:
    """Return the explanation of an SLO; `traffic` is by objective, where it is known."""
    if isinstance(slo.window, CalendarWindow):
        start, end = period_at(slo.window, now)
    else:
        start, end = Rolling(slo.window.seconds).bounds(now)
    length = slo.window.seconds if not isinstance(slo.window, CalendarWindow) else end - start
    together = burns_together(slo)
    rates = {name: seen.events / seen.seconds for name, seen in traffic.items() if seen.seconds}
    return Explanation(
        slo,
        start,
        end,
        tuple(
            ObjectiveExplained(
                objective,
                _counted(objective),
                _budget(objective, length, traffic.get(objective.name)),
                () if together else alerts_of(slo, objective, rates.get(objective.name)),
            )
            for objective in slo.objectives
        ),
        joint_alerts(slo, sum(rates.values()) or None) if together else (),
    )


def _budget(objective: Objective, length: int, traffic: Traffic | None) -> Budget:
    ratio = 1 - objective.target
    slices = length // objective.slice_seconds if objective.slice_seconds else None
    return Budget(
        ratio=ratio,
        full_outage_seconds=float(ratio * length),
        slices=slices,
        allowed_slices=None if slices is None else float(ratio * slices),
        events=traffic.events if traffic else None,
        allowed_events=float(ratio * traffic.events) if traffic else None,
    )


def _counted(objective: Objective) -> tuple[Counting, ...]:
    indicator, other = objective.indicator, objective.good_indicator
    total = _counting("total", indicator, indicator.total)
    if other is not None:
        role = "bad" if objective.other_is_bad else "good"
        return total, _counting(role, other, other.total)
    return total, _counting("good", indicator, _beyond(indicator.good, indicator.total))


def _beyond(good: Predicate, total: Predicate) -> Predicate:
    """Return what good demands beside what total demands already."""
    known = {repr(part) for part in _parts(total)}
    left = tuple(part for part in _parts(good) if repr(part) not in known)
    if len(left) > 1:
        return And(left)
    return left[0] if left else EVERYTHING


def _parts(predicate: Predicate) -> tuple[Predicate, ...]:
    return predicate.parts if isinstance(predicate, And) else (predicate,)


def _counting(role: str, indicator: Indicator, predicate: Predicate) -> Counting:
    weight = indicator.weight_field or indicator.source.weight_field
    return Counting(
        role=role,
        source=indicator.source.name,
        topic=indicator.source.topic,
        query=write_query(predicate),
        value_field=".".join(indicator.value_field) if indicator.value_field else None,
        weight_field=".".join(weight),
        group_by=tuple(".".join(path) for path in indicator.group_by),
    )

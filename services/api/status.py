"""Composes the status of an SLO: its objectives, its groups, and how fresh they are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.api.catalogue import Unevaluated
from services.api.figures import Figures
from services.api.objective import View, unknown_objective
from services.api.schema.answer import moment, moment_or_none
from services.api.schema.status import Group, Status
from services.api.tally import groups_of
from shared.domain.budget import SEVERITY, State
from shared.domain.slo import SLO
from shared.wire import NEVER, GroupName


@dataclass(frozen=True, slots=True)
class Clock:
    """The current second, and after how many seconds without news figures are stale."""

    now: int
    stale_after: int


def why_stale(slo: SLO, figures: Figures, clock: Clock) -> str | None:
    """Return why the figures of an SLO are too old to go by; None when they are not."""
    topics = topics_of(slo)
    if _is_stale(slo, watermark_of(topics, figures), figures, clock):
        return _why_stale(topics, figures, clock)
    return None


def state_of(slo: SLO, figures: Figures, clock: Clock) -> State:
    """Return how an SLO stands: its worst objective."""
    stale = why_stale(slo, figures, clock) is not None
    return worst(view.state() for view in _views(slo, figures, None, stale=stale))


def status_of(
    slo: SLO, figures: Figures, clock: Clock, revision: int, lost: Mapping[str, int]
) -> Status:
    """Return where an evaluated SLO stands, by these figures; `lost` is by topic."""
    topics = topics_of(slo)
    behind = watermark_of(topics, figures)
    reason = why_stale(slo, figures, clock)
    stale = reason is not None
    objectives = [view.compose() for view in _views(slo, figures, None, stale=stale)]
    return Status(
        slo=slo.name,
        display_name=slo.display_name,
        service=slo.service,
        owner=slo.owner,
        runbook=slo.runbook,
        revision=revision,
        state=worst(objective.state for objective in objectives),
        reason=reason,
        at=moment(figures.at),
        complete_until=moment_or_none(behind),
        lost_offsets=sum(lost.get(topic, 0) for topic in topics),
        objectives=objectives,
        groups=[
            Group(
                group=fields,
                objectives=[v.compose() for v in _views(slo, figures, name, stale=stale)],
            )
            for fields, name in groups_of(slo, figures.facts())
        ],
    )


def status_without_figures(one: Unevaluated, clock: Clock, revision: int) -> Status:
    """Return the status of an SLO that loads but is not evaluated, saying why."""
    slo = one.slo
    return Status(
        slo=one.name,
        display_name=slo.display_name if slo else None,
        service=one.service,
        owner=one.team,
        runbook=slo.runbook if slo else None,
        revision=revision,
        state=State.NO_DATA,
        reason=f"not evaluated: {one.reason}",
        at=moment(clock.now),
        complete_until=None,
        objectives=[unknown_objective(slo, o) for o in slo.objectives] if slo else [],
        groups=[],
    )


def topics_of(slo: SLO) -> list[str]:
    """Return the topics that an SLO reads."""
    return sorted({indicator.source.topic for indicator in slo.indicators()})


def watermark_of(topics: list[str], figures: Figures) -> int:
    """Return the moment in milliseconds up to which every topic is complete; NEVER if one isn't."""
    known = figures.facts().watermarks
    return min((known.get(topic, NEVER) for topic in topics), default=NEVER)


def is_stale(watermark: int, clock: Clock) -> bool:
    """Tell whether figures that are complete up to this millisecond are too old to go by."""
    return watermark < (clock.now - clock.stale_after) * 1000


def _is_stale(slo: SLO, watermark: int, figures: Figures, clock: Clock) -> bool:
    """Tell whether an SLO is stale; what is counted only since a moment ago is not yet."""
    if watermark != NEVER:
        return is_stale(watermark, clock)
    since = figures.facts().counted_since
    begun = [since.get((slo.name, objective.name), NEVER) for objective in slo.objectives]
    return is_stale(min(begun, default=NEVER), clock)


def worst(states: Iterable[State]) -> State:
    """Return the state of an SLO out of those of its objectives."""
    return max(states, key=SEVERITY.__getitem__, default=State.NO_DATA)


def _views(slo: SLO, figures: Figures, group: GroupName | None, *, stale: bool) -> Iterator[View]:
    for promise in slo.objectives:
        yield View(slo, promise, figures, group, stale)


def _why_stale(topics: list[str], figures: Figures, clock: Clock) -> str:
    known = figures.facts().watermarks
    old = [topic for topic in topics if is_stale(known.get(topic, NEVER), clock)]
    never = [topic for topic in old if known.get(topic, NEVER) == NEVER]
    if never:
        return f"topic {never[0]} has not been heard from: does it exist, and does ingest run?"
    return f"topic {old[0]} is complete only until {moment(known[old[0]] // 1000):%FT%TZ}"

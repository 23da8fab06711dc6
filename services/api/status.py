"""Composes the status of an SLO: its objectives, its groups, and how fresh they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.api.catalogue import Unevaluated
from services.api.composite import composite_of
from services.api.exclusion import exclusion_of
from services.api.figures import Figures
from services.api.objective import View
from services.api.rollup import rolled_up
from services.api.schema.answer import moment, moment_or_none
from services.api.schema.status import Composite, Group, Objective, Status
from services.api.tally import groups_of, joint
from shared.domain.budget import SEVERITY, State
from shared.domain.burn_window import own_window
from shared.domain.slo import SLO, BudgetingMethod
from shared.domain.version import in_force
from shared.wire import NEVER, GroupName


@dataclass(frozen=True, slots=True)
class Clock:
    """The current second, and after how many seconds without news figures are stale."""

    now: int
    stale_after: int


def why_stale(slo: SLO, figures: Figures, clock: Clock) -> str | None:
    """Return why the figures of an SLO are too old to go by; None when they are not."""
    topics = slo.topics()
    if _is_stale(slo, figures.facts().watermark(topics), figures, clock):
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
    topics = slo.topics()
    behind = figures.facts().watermark(topics)
    reason = why_stale(slo, figures, clock)
    stale = reason is not None
    objectives = [view.compose() for view in _views(slo, figures, None, stale=stale)]
    groups = [
        _group(slo, figures, fields, name, stale=stale)
        for fields, name in groups_of(slo, figures.facts())
    ]
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
        objectives=rolled_up(objectives, groups),
        composite=_composite(slo, figures, objectives, None),
        groups=groups,
        exclusions=[exclusion_of(one, figures.at) for one in slo.exclusions],
    )


def _group(
    slo: SLO, figures: Figures, fields: dict[str, str], name: GroupName, *, stale: bool
) -> Group:
    objectives = [view.compose() for view in _views(slo, figures, name, stale=stale)]
    composite = _composite(slo, figures, objectives, name)
    return Group(group=fields, objectives=objectives, composite=composite)


def _composite(
    slo: SLO, figures: Figures, parts: list[Objective], group: GroupName | None
) -> Composite | None:
    if not slo.composite:
        return None
    own = own_window(slo, slo.objectives[0])
    slices = None
    if slo.budgeting_method is BudgetingMethod.TIMESLICES:
        slices = joint(lambda s: figures.counted(s, own), figures.facts(), slo, group)
    return composite_of(slo, parts, slices)


def status_without_figures(one: Unevaluated, clock: Clock, revision: int) -> Status:
    """Return the status of an SLO that loads but is not evaluated, saying why."""
    return Status(
        slo=one.name,
        service=one.service,
        revision=revision,
        state=State.NO_DATA,
        reason=f"not evaluated: {one.reason}",
        at=moment(clock.now),
        complete_until=None,
        objectives=[],
        groups=[],
    )


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
        yield View(slo, in_force(promise, figures.at), figures, group, stale)


def _why_stale(topics: Sequence[str], figures: Figures, clock: Clock) -> str:
    known = figures.facts().watermarks
    old = [topic for topic in topics if is_stale(known.get(topic, NEVER), clock)]
    never = [topic for topic in old if known.get(topic, NEVER) == NEVER]
    if never:
        return f"topic {never[0]} has not been heard from: does it exist, and does ingest run?"
    return f"topic {old[0]} is complete only until {moment(known[old[0]] // 1000):%FT%TZ}"

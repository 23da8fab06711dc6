"""Composes how one promise of an agreement stands: now, and in the periods before."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from services.api.catalogue import Unevaluated
from services.api.compliance import Compliance, periods_before
from services.api.current import Current
from services.api.objective import window_answer
from services.api.overview import Overview
from services.api.period_total import Bounds, PeriodTotals, Total, totals_of
from services.api.schema import agreement as answer
from services.api.status import why_stale
from shared.domain.agreement import Promise, as_slo
from shared.domain.budget import State
from shared.domain.burn_window import own_window
from shared.domain.errors import NotFound
from shared.domain.slo import SLO, CalendarWindow, Window
from shared.domain.tenure import Tenure


@dataclass(frozen=True, slots=True)
class Pledge:
    """A promise, the agreement that it is part of, and when it was in force or is going to be."""

    agreement: str
    promise: Promise
    held: Sequence[Tenure]


@dataclass(frozen=True, slots=True)
class Pledges:
    """Looks up what was counted for promises."""

    current: Current
    totals: PeriodTotals

    async def standing(self, overview: Overview, pledge: Pledge, periods: int) -> answer.Promise:
        """Return how a promise stands, with so many past periods; with any also every group."""
        promise = pledge.promise
        found = _slo_of(overview, promise)
        promised = as_slo(pledge.agreement, promise, found) if isinstance(found, SLO) else None
        if promised is None or not isinstance(found, SLO):
            return _without_figures(promise, found)
        figures = overview.board.of(found.name, overview.clock.now)
        stale = why_stale(found, figures, overview.clock)
        since = figures.facts().counted_since.get((found.name, str(promise.objective)))
        compliance = Compliance(promised, pledge.held, figures, since, stale is not None)
        now = compliance.objective()
        return answer.Promise(
            slo=promise.slo,
            objective=promise.objective,
            service=found.service,
            target=now.target,
            slo_target=_own_target(found, promise),
            window=now.window,
            time_zone=_zone(promise.window),
            state=now.state,
            reason="; ".join(filter(None, (_what_changed(found, promise), stale))) or None,
            current=compliance.current(now),
            past=await self._past(overview, found, compliance, pledge, periods),
            groups=compliance.groups() if periods else [],
        )

    async def _past(
        self, overview: Overview, slo: SLO, compliance: Compliance, pledge: Pledge, number: int
    ) -> list[answer.Period]:
        """Return the periods before the current one, the latest first."""
        window, figures = compliance.promised.window, compliance.figures
        start, _ = figures.bounds(
            own_window(compliance.promised, compliance.promised.objectives[0])
        )
        periods = list(islice(periods_before(window, figures.at, start), number))
        if not periods:
            return []
        line = await self.current.past.timeline(
            overview.board, compliance.promised, periods[-1][0], overview.clock.now
        )
        kept = await self._kept(slo, compliance, pledge, periods)
        return [compliance.period(one, line, kept.get(one)) for one in periods]

    async def _kept(
        self, slo: SLO, compliance: Compliance, pledge: Pledge, periods: Sequence[Bounds]
    ) -> dict[Bounds, Total]:
        """Return the totals of calendar periods in which the same was counted as today."""
        promised, since = compliance.promised, compliance.counted_since
        if since is None or not isinstance(promised.window, CalendarWindow):
            return {}
        names = [promised.objectives[0].name]
        if promised.window == slo.window:
            names.append(str(pledge.promise.objective))
        counted = [one for one in periods if one[1] * 1000 > since]
        return await totals_of(self.totals, slo.name, names, counted)


def _slo_of(overview: Overview, promise: Promise) -> SLO | Unevaluated | None:
    try:
        return overview.find(promise.slo)
    except NotFound:
        return None


def _own_target(slo: SLO, promise: Promise) -> float | None:
    targets = (one.target for one in slo.objectives if one.name == promise.objective)
    return next((float(target) for target in targets), None)


def _zone(window: Window | None) -> str:
    return window.time_zone if isinstance(window, CalendarWindow) else "UTC"


def _what_changed(slo: SLO, promise: Promise) -> str | None:
    """Return what is not as it was when the promise was made."""
    counted = [
        indicator.key
        for one in slo.objectives
        if one.name == promise.objective
        for indicator in (one.indicator, one.good_indicator)
        if indicator is not None
    ]
    if tuple(counted) != promise.counts:
        return f"{slo.name} counts something else than when this was agreed"
    return None


def _without_figures(promise: Promise, found: SLO | Unevaluated | None) -> answer.Promise:
    if found is None:
        reason = f"there is no SLO named {promise.slo!r} any more"
    elif isinstance(found, Unevaluated):
        reason = f"not evaluated: {found.reason}"
    else:
        reason = f"{promise.slo} has no such objective any more, or could not be evaluated"
    return answer.Promise(
        slo=promise.slo,
        objective=promise.objective,
        service=None if found is None else found.service,
        target=None if promise.target is None else float(promise.target),
        slo_target=None,
        window=None if promise.window is None else window_answer(promise.window),
        time_zone=_zone(promise.window),
        state=State.NO_DATA,
        reason=reason,
        current=None,
        past=[],
        groups=[],
    )

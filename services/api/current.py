"""What the api knows at this moment: definitions and figures together."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.api.board import Board, CurrentBoard
from services.api.catalogue import CurrentDefinitions, Definitions, Unevaluated
from services.api.counted_period import CountedPeriod, counted_periods
from services.api.errors import BadRequest
from services.api.history import Chronicle, course_of, usual_start
from services.api.overview import Overview
from services.api.past import Past
from services.api.schema.history import Step
from services.api.status import Clock
from shared.clock import second_of
from shared.domain.burn_window import windows_of
from shared.domain.calendar import periods_until
from shared.domain.slo import CalendarWindow


@dataclass(slots=True)
class Current:
    """Gives the present state; `now` is the clock, in seconds."""

    catalogue: CurrentDefinitions
    figures: CurrentBoard
    now: Callable[[], float]
    stale_after: int
    past: Past
    _last: Overview | None = None

    async def definitions(self) -> Definitions:
        """Return the definitions in force."""
        return await self.catalogue.get()

    async def board(self) -> Board:
        """Return the current figures of all shards."""
        return await self.figures.get()

    async def overview(self) -> Overview:
        """Return how every SLO stands; the same one to all who ask while nothing changed."""
        new = Overview(await self.definitions(), await self.board(), self.clock())
        last = self._last
        if (
            last is None
            or last.definitions is not new.definitions
            or last.board is not new.board
            or last.clock != new.clock
        ):
            self._last = last = new
        return last

    async def overview_at(self, at: int | None, only: str | None = None) -> Overview:
        """Return how every SLO stood at a moment, or `only` that one; None means now."""
        overview = await self.overview()
        now = overview.clock.now
        if at is None:
            return overview
        if at > now:
            raise BadRequest("`at` lies in the future: it looks back")
        evaluated = overview.definitions.evaluated
        slos = evaluated.values() if only is None else filter(None, [evaluated.get(only)])
        past = await self.past.figures(slos, overview.board, at, now)
        return replace(overview, clock=replace(overview.clock, now=at), past=past)

    async def periods(
        self, name: str, window: CalendarWindow, number: int
    ) -> dict[str, list[CountedPeriod]]:
        """Return what each objective of an SLO counted in the current period and those before it.

        `number` is how many periods, the latest comes first. None for an SLO without figures.
        """
        overview = await self.overview()
        slo = overview.find(name)
        if isinstance(slo, Unevaluated):
            return {}
        slo = replace(slo, window=window)
        now = overview.clock.now
        earliest = periods_until(window, now, number)[-1][0]
        line = await self.past.timeline(overview.board, slo, earliest, now)
        facts = overview.board.of(name, now).facts()
        return {
            objective.name: list(
                counted_periods(slo, objective, window, line, facts, at=now, number=number)
            )
            for objective in slo.objectives
        }

    async def history(
        self,
        name: str,
        start: int | None = None,
        end: int | None = None,
        step: int | None = None,
        *,
        only: str | None = None,
    ) -> list[Step]:
        """Return the steps of every objective of an SLO, or of one; none when it is not evaluated.

        Without `start` they reach as far back as its window, without `end` up to now. Raises
        BadRequest when the SLO has no objective of this name.
        """
        overview = await self.overview()
        slo = overview.find(name)
        if isinstance(slo, Unevaluated):
            return []
        objectives = [one for one in slo.objectives if only in (None, one.name)]
        if not objectives:
            known = ", ".join(one.name for one in slo.objectives)
            raise BadRequest(f"{name} has no objective {only!r}: there are {known}")
        now = overview.clock.now
        end = now if end is None else min(end, now)
        course = course_of(usual_start(slo, end) if start is None else start, end, step)
        earliest = min(window.bounds(course.start)[0] for window in windows_of(slo, course.start))
        line = await self.past.timeline(overview.board, slo, earliest, now)
        facts = overview.board.of(name, now).facts()
        return [
            one
            for objective in objectives
            for one in Chronicle(slo, objective, line, facts).steps(course)
        ]

    def clock(self) -> Clock:
        """Return the current second, and when figures are stale."""
        return Clock(second_of(self.now()), self.stale_after)

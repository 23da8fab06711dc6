"""Composes whether a promise is kept: in its current period, and in those before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from services.api.figures import Count, Figures
from services.api.objective import UNKNOWN_BUDGET, View
from services.api.schema.agreement import Period
from services.api.schema.answer import moment
from services.api.schema.status import ErrorBudget, Objective
from services.api.tally import tally
from shared.domain.budget import allowed_ratio, error_ratio
from shared.domain.slo import SLO, RollingWindow, Window
from shared.domain.window import Calendar
from shared.history import Interval, Timeline
from shared.rows import NOBODY

Bounds = tuple[int, int]  # in seconds


def periods_before(window: Window, at: int, start: int) -> Iterator[Bounds]:
    """Yield the periods before the one of a moment, which began at `start`, the latest first."""
    number = 0
    while True:
        number += 1
        if isinstance(window, RollingWindow):
            yield start - number * window.seconds, start - (number - 1) * window.seconds
        else:
            yield Calendar(window, back=number).period(at)


@dataclass(frozen=True, slots=True)
class Term:
    """The days on which an agreement holds; without a last day it holds for ever."""

    first: date
    last: date | None

    def meets(self, bounds: Bounds) -> bool:
        """Whether it holds at any moment of a period."""
        begin = datetime.combine(self.first, time(), UTC).timestamp()
        end = None if self.last is None else self.last + timedelta(days=1)
        over = end is not None and datetime.combine(end, time(), UTC).timestamp() <= bounds[0]
        return begin < bounds[1] and not over


@dataclass(frozen=True, slots=True)
class Compliance:
    """One promise, as an objective of its SLO with its own target and window."""

    promised: SLO
    term: Term
    figures: Figures
    counted_since: int | None  # milliseconds
    stale: bool

    def objective(self) -> Objective:
        """Return where the promise stands now."""
        view = View(self.promised, self.promised.objectives[0], self.figures, None, self.stale)
        return view.compose()

    def current(self, now: Objective) -> Period | None:
        """Return the current period, so far."""
        if now.window.from_ is None or now.window.to is None:
            return None
        bounds = (int(now.window.from_.timestamp()), int(now.window.to.timestamp()))
        return Period(
            from_=now.window.from_,
            to=now.window.to,
            ended=False,
            complete=self._was_counted(bounds[0]),
            in_effect=self.term.meets(bounds),
            target=now.target,
            good=now.good,
            bad=now.bad,
            total=now.total,
            sli=now.sli,
            met=self._met(None if now.good is None else Count(now.good, now.total or 0)),
            error_budget=now.error_budget,
        )

    def period(self, bounds: Bounds, line: Timeline) -> Period:
        """Return a period that has ended, out of what is stored of it."""
        about, facts = self.promised.objectives[0], self.figures.facts()
        stored = line.between(NOBODY, *bounds)
        count = None
        if stored is not None:
            count = tally(
                lambda series: _count(line.between(series, *bounds)), facts, self.promised, about
            )
        return Period(
            from_=moment(bounds[0]),
            to=moment(bounds[1]),
            ended=True,
            complete=(
                stored is not None and stored.start <= bounds[0] and self._was_counted(bounds[0])
            ),
            in_effect=self.term.meets(bounds),
            target=float(about.target),
            good=None if count is None else count.good,
            bad=None if count is None else count.total - count.good,
            total=None if count is None else count.total,
            sli=None if count is None or not count.total else count.good / count.total,
            met=self._met(count),
            error_budget=self._budget(count),
        )

    def _was_counted(self, since: int) -> bool:
        return self.counted_since is not None and self.counted_since <= since * 1000

    def _met(self, count: Count | None) -> bool | None:
        ratio = None if count is None else error_ratio(count.good, count.total)
        allowed = allowed_ratio(self.promised.objectives[0].target)
        return None if ratio is None else ratio <= allowed

    def _budget(self, count: Count | None) -> ErrorBudget:
        ratio = None if count is None else error_ratio(count.good, count.total)
        if count is None or ratio is None:
            return UNKNOWN_BUDGET
        allowed = allowed_ratio(self.promised.objectives[0].target)
        return ErrorBudget(
            allowed=allowed * count.total,
            consumed_ratio=ratio / allowed,
            remaining_ratio=1 - ratio / allowed,
            exhausted_at=None,
        )


def _count(interval: Interval | None) -> Count | None:
    return None if interval is None else Count(interval.good, interval.total)

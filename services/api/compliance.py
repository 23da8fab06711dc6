"""Composes whether a promise is kept: in its current period, and in those before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from services.api.figures import Count, Figures
from services.api.objective import UNKNOWN_BUDGET, View
from services.api.schema.agreement import Period
from services.api.schema.answer import moment
from services.api.schema.status import ErrorBudget, Objective
from services.api.tally import shown_of, tally
from shared.domain.budget import allowed_ratio, error_ratio
from shared.domain.slicing import slicing_of
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
            met=_is_kept(now.error_budget),
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
        budget = self._budget(count)
        shown = None if count is None else shown_of(count, slicing_of(self.promised, about))
        return Period(
            from_=moment(bounds[0]),
            to=moment(bounds[1]),
            ended=True,
            complete=(
                stored is not None and stored.start <= bounds[0] and self._was_counted(bounds[0])
            ),
            in_effect=self.term.meets(bounds),
            target=float(about.target),
            good=None if shown is None else shown.good,
            bad=None if shown is None else shown.bad,
            total=None if shown is None else shown.total,
            sli=None if count is None or not count.total else count.good / count.total,
            met=_is_kept(budget),
            error_budget=budget,
        )

    def _was_counted(self, since: int) -> bool:
        return self.counted_since is not None and self.counted_since <= since * 1000

    def _budget(self, count: Count | None) -> ErrorBudget:
        ratio = None if count is None else error_ratio(count.good, count.total)
        if count is None or ratio is None:
            return UNKNOWN_BUDGET
        about = self.promised.objectives[0]
        allowed, slicing = allowed_ratio(about.target), slicing_of(self.promised, about)
        return ErrorBudget(
            allowed=allowed * (count.total / (slicing.whole if slicing else 1)),
            consumed_ratio=ratio / allowed,
            remaining_ratio=1 - ratio / allowed,
            exhausted_at=None,
        )


def _is_kept(budget: ErrorBudget) -> bool | None:
    """Tell whether no more of a budget is spent than there is; None without data."""
    return None if budget.consumed_ratio is None else budget.consumed_ratio <= 1


def _count(interval: Interval | None) -> Count | None:
    return None if interval is None else Count(interval.good, interval.total)

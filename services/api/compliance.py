"""Composes whether a promise is kept: in its current period, and in those before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.api.allowance import Allowance
from services.api.figures import NOTHING, Count, Figures
from services.api.objective import UNKNOWN_BUDGET, View
from services.api.period_total import Bounds, Total, total_of
from services.api.schema.agreement import Period, PromiseGroup
from services.api.schema.answer import moment
from services.api.schema.budget import ErrorBudget
from services.api.schema.status import Objective
from services.api.tally import groups_of, tally
from shared.domain.budget import allowed_ratio
from shared.domain.slicing import Slicing, slicing_of
from shared.domain.slo import SLO, RollingWindow, Window
from shared.domain.slo import Objective as Promise
from shared.domain.tenure import Tenure
from shared.domain.version import in_force, turns
from shared.domain.window import Calendar
from shared.history import Interval, Timeline
from shared.rows import NOBODY
from shared.wire import GroupName


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
class Compliance:
    """One promise, as an objective of its SLO with its own target and window.

    `held` says when it was in force, or is going to be.
    """

    promised: SLO
    held: Sequence[Tenure]
    figures: Figures
    counted_since: int | None  # milliseconds
    stale: bool

    def objective(self) -> Objective:
        """Return where the promise stands now."""
        return View(self.promised, self._about, self.figures, None, self.stale).compose()

    def groups(self) -> list[PromiseGroup]:
        """Return where every group of a grouped SLO stands."""
        found = groups_of(self.promised, self.figures.facts())
        return [self._group(fields, name) for fields, name in found]

    def _group(self, fields: dict[str, str], name: GroupName) -> PromiseGroup:
        now = View(self.promised, self._about, self.figures, name, self.stale).compose()
        return PromiseGroup(
            group=fields,
            state=now.state,
            good=now.good,
            bad=now.bad,
            total=now.total,
            sli=now.sli,
            met=_is_kept(now.error_budget),
            error_budget=now.error_budget,
        )

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
            in_effect=self._in_effect(bounds),
            target=now.target,
            good=now.good,
            bad=now.bad,
            total=now.total,
            sli=now.sli,
            met=_is_kept(now.error_budget),
            error_budget=now.error_budget,
        )

    def period(self, bounds: Bounds, line: Timeline, total: Total | None = None) -> Period:
        """Return a period that has ended, out of what is stored of it.

        `total` is what the period came to when it ended: it serves where the counts are not kept
        from its beginning on any more.
        """
        stored = line.between(NOBODY, *bounds)
        whole = stored is not None and stored.start <= bounds[0]
        if total is not None and not whole:
            return self._period(bounds, total, self._target_at(bounds), complete=True)
        counted = self._counted(line, bounds)
        found = None if counted is None else total_of(counted, self._slicing)
        return self._period(bounds, found, self._allowed(line, bounds, counted), complete=whole)

    def _period(
        self, bounds: Bounds, total: Total | None, allowed: float, *, complete: bool
    ) -> Period:
        budget = UNKNOWN_BUDGET if total is None else _budget(total, allowed)
        return Period(
            from_=moment(bounds[0]),
            to=moment(bounds[1]),
            ended=True,
            complete=complete and self._was_counted(bounds[0]),
            in_effect=self._in_effect(bounds),
            target=float(in_force(self._about, bounds[1] - 1).target),
            good=None if total is None else total.good,
            bad=None if total is None else total.bad,
            total=None if total is None else total.total,
            sli=None if total is None else total.sli,
            met=_is_kept(budget),
            error_budget=budget,
        )

    @property
    def _about(self) -> Promise:
        return self.promised.objectives[0]

    @property
    def _slicing(self) -> Slicing | None:
        return slicing_of(self.promised, self._about)

    def _in_effect(self, bounds: Bounds) -> bool:
        return any(tenure.meets(bounds) for tenure in self.held)

    def _was_counted(self, since: int) -> bool:
        return self.counted_since is not None and self.counted_since <= since * 1000

    def _counted(self, line: Timeline, bounds: Bounds) -> Count | None:
        if line.between(NOBODY, *bounds) is None:
            return None
        facts = self.figures.facts()
        return tally(
            lambda series: _count(line.between(series, *bounds)), facts, self.promised, self._about
        )

    def _target_at(self, bounds: Bounds) -> float:
        """Return the ratio that the target at the end of a period allows."""
        return allowed_ratio(in_force(self._about, bounds[1] - 1).target)

    def _allowed(self, line: Timeline, bounds: Bounds, counted: Count | None) -> float:
        """Return the ratio allowed over a period: a mean where the target changed inside it."""
        about = in_force(self._about, bounds[1] - 1)
        since = [
            (self._counted(line, (turn, bounds[1])) or NOTHING).total
            for turn in turns(about, bounds[0])
        ]
        return Allowance(about, *bounds, ((counted or NOTHING).total, *since)).mean


def _budget(total: Total, allowed: float) -> ErrorBudget:
    if total.error is None:
        return UNKNOWN_BUDGET
    consumed = total.error / allowed
    return ErrorBudget(
        allowed=allowed * total.total,
        consumed_ratio=consumed,
        remaining_ratio=1 - consumed,
        exhausted_at=None,
    )


def _is_kept(budget: ErrorBudget) -> bool | None:
    """Tell whether no more of a budget is spent than there is; None without data."""
    return None if budget.consumed_ratio is None else budget.consumed_ratio <= 1


def _count(interval: Interval | None) -> Count | None:
    return None if interval is None else Count(interval.good, interval.total)

"""Composes where one objective stands, out of counts; the formulas are `shared.domain.budget`'s."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.api.allowance import Allowance
from services.api.condition import conditions_of, is_firing
from services.api.figures import NOTHING, Count, Figures
from services.api.period import Period, period_of, sliced_period
from services.api.schema.answer import LAST_SECOND, moment, moment_or_none
from services.api.schema.budget import ErrorBudget
from services.api.schema.budget import Window as WindowAnswer
from services.api.schema.status import Events, Objective, Raw
from services.api.tally import events, shown_of, slices_of, tally
from shared.domain.budget import (
    State,
    allowed_ratio,
    burn_rate,
    calendar_state,
    error_ratio,
    rolling_state,
    time_to_exhaustion,
)
from shared.domain.burn_window import burn_windows, own_window, turn_windows, window_before
from shared.domain.corrected import before_exclusions, corrected_series
from shared.domain.slicing import Slicing, slicing_of
from shared.domain.slo import SLO, RollingWindow, Window
from shared.domain.slo import Objective as Promise
from shared.domain.window import Calendar, WindowKey
from shared.wire import GroupName

UNKNOWN_BUDGET = ErrorBudget(
    allowed=None, consumed_ratio=None, remaining_ratio=None, exhausted_at=None
)
NEVER = LAST_SECOND + 1


@dataclass(frozen=True, slots=True)
class View:
    """One objective, or one group of it, at one moment."""

    slo: SLO
    promise: Promise
    figures: Figures
    group: GroupName | None
    stale: bool

    def compose(self) -> Objective:
        """Return where the objective stands."""
        count = self._count(self.own)
        shown = None if count is None else shown_of(count, self.slicing)
        allowed = allowed_ratio(self.promise.target)
        allowance = self._allowance(count or NOTHING)
        state = self.state()
        windows = burn_windows(self.slo, self.promise)
        return Objective(
            name=self.promise.name,
            target=float(self.promise.target),
            budgeting_method=self.slo.budgeting_method.value,
            state=state,
            window=window_answer(self.slo.window, self.figures.bounds(self.own)),
            good=None if shown is None else shown.good,
            bad=None if shown is None else shown.bad,
            total=None if shown is None else shown.total,
            sli=None if count is None or count.total == 0 else count.good / count.total,
            coverage=None if count is None else self._coverage(count),
            events=None if self.slicing is None else self._events(),
            counted_since=moment_or_none(self._counted_since()),
            ever_breached=self._ever_breached(state),
            versions=allowance.versions(),
            raw=self._raw(),
            error_budget=UNKNOWN_BUDGET if count is None else self._budget(count, allowance),
            burn_rates={name: self._burn(window, allowed) for name, window in windows.items()},
            alerts=list(conditions_of(self.slo, self.promise, self.figures.facts(), self.group)),
        )

    @property
    def slicing(self) -> Slicing | None:
        """How the slices are counted, None where events are."""
        return slicing_of(self.slo, self.promise)

    @property
    def own(self) -> WindowKey:
        """The window that the budget is counted over."""
        return own_window(self.slo, self.promise)

    def state(self) -> State:
        """Return how the objective stands."""
        count = self._count(self.own) or NOTHING
        period, allowance = self._period(count), self._allowance(count)
        firing = is_firing(self.slo, self.promise, self.figures.facts(), self.group)
        if period is None:
            return rolling_state(
                stale=self.stale,
                good=count.good,
                total=count.total,
                allowed=allowance.mean,
                firing=firing,
            )
        return calendar_state(
            stale=self.stale,
            good=count.good,
            total=count.total,
            allowed=allowance.mean,
            expected=period.expected,
            allowed_over_period=allowance.over(period.expected),
            firing=firing,
        )

    def _count(self, window: WindowKey) -> Count | None:
        figures = self.figures
        return tally(
            lambda series: figures.counted(series, window),
            figures.facts(),
            self.slo,
            self.promise,
            self.group,
        )

    def _raw(self) -> Raw | None:
        """Return the figures before exclusions, where there are any."""
        if not self.slo.exclusions:
            return None
        whole = replace(self, slo=before_exclusions(self.slo)).compose()
        return Raw(**{name: getattr(whole, name) for name in Raw.model_fields})

    def _events(self) -> Events | None:
        found = events(
            lambda series: self.figures.counted(series, self.own),
            self.figures.facts(),
            self.slo,
            self.promise,
            self.group,
        )
        return None if found is None else Events(good=found.good, total=found.total)

    def _coverage(self, count: Count) -> float | None:
        """Return the share of the slices that counted, of those that ended."""
        if self.slicing is None:
            return 1.0 if count.total else None
        facts = self.figures.facts()
        start, end = self.figures.bounds(self.own)
        complete = facts.watermark(self.slo.topics()) // 1000
        series = slices_of(self.slo, self.promise, facts, self.group)
        ended = self.slicing.grid.count(start, min(end, complete)) * len(series)
        return min(count.total / self.slicing.whole / ended, 1.0) if ended > 0 else None

    def _burn(self, window: WindowKey, allowed: float) -> float | None:
        count = self._count(window)
        return None if count is None else burn_rate(count.good, count.total, allowed)

    def _allowance(self, count: Count) -> Allowance:
        """Return what is allowed of this much by the targets that were in force in the window."""
        windows = turn_windows(self.slo, self.promise, self.figures.at)
        since = [(self._count(window) or NOTHING).total for window in windows]
        start, end = self.own.bounds(self.figures.at)[0], self.figures.bounds(self.own)[1]
        return Allowance(self.promise, start, end, (count.total, *since), self._whole)

    def _period(self, count: Count) -> Period | None:
        """Return the calendar period in which this much was counted; None where windows roll."""
        own, before = self.own, window_before(self.slo)
        if before is None or not isinstance(own, Calendar):
            return None
        if self.slicing is not None:
            groups = len(slices_of(self.slo, self.promise, self.figures.facts(), self.group))
            return sliced_period(own, self.figures.at, self.slicing, groups)
        until = self.figures.bounds(own)[1]
        return period_of(own, self.figures.at, until, count, self._count(before) or NOTHING)

    def _counted_since(self) -> int | None:
        return self.figures.facts().counted_since.get((self.slo.name, self.promise.name))

    def _ever_breached(self, state: State) -> bool | None:
        if state is State.BREACHED:
            return True
        start, _ = self.figures.bounds(self.own)
        group = self.group.values if self.group else ()
        series = corrected_series(self.slo, self.promise.indicator, group)
        key = (self.slo.name, self.promise.name, series)
        last = self.figures.facts().breached_at.get(key, -1)
        return last >= start if last <= self.figures.at else None

    def _budget(self, count: Count, allowance: Allowance) -> ErrorBudget:
        ratio = error_ratio(count.good, count.total)
        if ratio is None:
            return UNKNOWN_BUDGET
        period, allowed = self._period(count), allowance.mean
        remaining = left = 1 - ratio / allowed
        length, end, whole = self._length(), NEVER, None
        if period is not None:
            whole = period.budget(count, allowance.over(period.expected))
            length, end, left = period.length, period.end, whole.remaining_ratio or 0.0
        return ErrorBudget(
            allowed=allowed * (count.total / self._whole),
            consumed_ratio=ratio / allowed,
            remaining_ratio=remaining,
            exhausted_at=self._exhausted_at(left, length, end),
            whole_period=whole,
        )

    @property
    def _whole(self) -> int:
        return self.slicing.whole if self.slicing else 1

    def _length(self) -> int:
        window = self.slo.window
        return window.seconds if isinstance(window, RollingWindow) else 0

    def _exhausted_at(self, remaining: float, length: int, end: int) -> datetime | None:
        """Return when the rest of a budget is spent, if that is before `end`."""
        hour = burn_windows(self.slo, self.promise)["1h"]
        burn = self._burn(hour, allowed_ratio(self.promise.target))
        seconds = time_to_exhaustion(remaining, length, burn)
        if seconds is None or self.figures.at + seconds >= end:
            return None
        return moment(self.figures.at + seconds)


def window_answer(window: Window, bounds: tuple[int, int] | None = None) -> WindowAnswer:
    """Return a window as written, and the interval that the figures cover."""
    return WindowAnswer(
        type="rolling" if isinstance(window, RollingWindow) else "calendar",
        duration=window.text,
        from_=moment(bounds[0]) if bounds else None,
        to=moment(bounds[1]) if bounds else None,
    )

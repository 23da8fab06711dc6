"""Composes where one objective stands, out of counts; the formulas are `shared.domain.budget`'s."""

from dataclasses import dataclass
from datetime import datetime

from services.api.figures import NOTHING, Count, Figures
from services.api.schema.answer import LAST_SECOND, moment, moment_or_none
from services.api.schema.status import ErrorBudget, Objective, Window
from services.api.tally import series_of, tally
from shared.domain.budget import (
    State,
    allowed_ratio,
    burn_rate,
    error_ratio,
    rolling_state,
    time_to_exhaustion,
)
from shared.domain.burn_window import burn_windows, own_window
from shared.domain.slo import SLO, RollingWindow
from shared.domain.slo import Objective as Promise
from shared.domain.window import WindowKey
from shared.wire import GroupName

UNKNOWN_BUDGET = ErrorBudget(
    allowed=None, consumed_ratio=None, remaining_ratio=None, exhausted_at=None
)


@dataclass(frozen=True, slots=True)
class View:
    """One objective, or one group of it, at one moment."""

    slo: SLO
    promise: Promise
    window: RollingWindow
    figures: Figures
    group: GroupName | None
    stale: bool

    def compose(self) -> Objective:
        """Return where the objective stands."""
        count = self._count(self.own)
        allowed = allowed_ratio(self.promise.target)
        state = self.state()
        windows = burn_windows(self.slo, self.promise)
        burn_rates = {name: self._burn(window, allowed) for name, window in windows.items()}
        return Objective(
            name=self.promise.name,
            target=float(self.promise.target),
            budgeting_method=self.slo.budgeting_method.value,
            state=state,
            window=self._window(),
            good=None if count is None else count.good,
            bad=None if count is None else count.total - count.good,
            total=None if count is None else count.total,
            sli=None if count is None or count.total == 0 else count.good / count.total,
            coverage=None if count is None or count.total == 0 else 1.0,
            counted_since=moment_or_none(self._counted_since()),
            ever_breached=self._ever_breached(state),
            error_budget=self._budget(count, allowed),
            burn_rates=burn_rates,
            alerts=[],
        )

    def state(self) -> State:
        """Return how the objective stands."""
        good, total = self._count(self.own) or NOTHING
        allowed = allowed_ratio(self.promise.target)
        return rolling_state(
            stale=self.stale, good=good, total=total, allowed=allowed, firing=False
        )

    @property
    def own(self) -> WindowKey:
        """The window that the budget is counted over."""
        return own_window(self.slo, self.promise)

    def _count(self, window: WindowKey) -> Count | None:
        figures = self.figures
        return tally(
            lambda series: figures.counted(series, window),
            figures.facts(),
            self.slo,
            self.promise,
            self.group,
        )

    def _burn(self, window: WindowKey, allowed: float) -> float | None:
        count = self._count(window)
        return None if count is None else burn_rate(count.good, count.total, allowed)

    def _window(self) -> Window:
        start, end = self.figures.bounds(self.own)
        return Window(
            type="rolling", duration=self.window.text, from_=moment(start), to=moment(end)
        )

    def _counted_since(self) -> int | None:
        return self.figures.facts().counted_since.get((self.slo.name, self.promise.name))

    def _ever_breached(self, state: State) -> bool | None:
        if state is State.BREACHED:
            return True
        facts = self.figures.facts()
        start, _ = self.figures.bounds(self.own)
        keys = series_of(self.slo, self.promise.indicator, facts, self.group)
        last = max((self._breached_at(key) for key in keys), default=-1)
        return last >= start if last <= self.figures.at else None

    def _breached_at(self, series: int) -> int:
        key = (self.slo.name, self.promise.name, series)
        return self.figures.facts().breached_at.get(key, -1)

    def _budget(self, count: Count | None, allowed: float) -> ErrorBudget:
        ratio = None if count is None else error_ratio(count.good, count.total)
        if count is None or ratio is None:
            return UNKNOWN_BUDGET
        consumed = ratio / allowed
        return ErrorBudget(
            allowed=allowed * count.total,
            consumed_ratio=consumed,
            remaining_ratio=1 - consumed,
            exhausted_at=self._exhausted_at(
                1 - consumed, self._burn(burn_windows(self.slo, self.promise)["1h"], allowed)
            ),
        )

    def _exhausted_at(self, remaining: float, burn_1h: float | None) -> datetime | None:
        seconds = time_to_exhaustion(remaining, self.window.seconds, burn_1h)
        if seconds is None or self.figures.at + seconds > LAST_SECOND:
            return None
        return moment(self.figures.at + seconds)


def unknown_objective(slo: SLO, promise: Promise) -> Objective:
    """Return an objective that is not evaluated: what was promised, and no figures."""
    rolling = isinstance(slo.window, RollingWindow)
    return Objective(
        name=promise.name,
        target=float(promise.target),
        budgeting_method=slo.budgeting_method.value,
        state=State.NO_DATA,
        window=Window(
            type="rolling" if rolling else "calendar",
            duration=slo.window.text,
            from_=None,
            to=None,
        ),
        good=None,
        bad=None,
        total=None,
        sli=None,
        coverage=None,
        counted_since=None,
        ever_breached=None,
        error_budget=UNKNOWN_BUDGET,
        burn_rates=dict.fromkeys(burn_windows(slo, promise)),
        alerts=[],
    )

"""The windows over which an objective is counted: its own, and those of its burn rates."""

from functools import lru_cache

from shared.domain.default_policy import policies_of
from shared.domain.slo import SLO, BudgetingMethod, CalendarWindow, Objective, RollingWindow
from shared.domain.version import turns
from shared.domain.window import (
    QUARTER_HOUR,
    STANDARD_WINDOWS,
    Between,
    Calendar,
    Rolling,
    WindowKey,
)


def burn_windows(slo: SLO, objective: Objective) -> dict[str, Rolling]:
    """Return the windows whose burn rates are shown, by their names as written.

    The standard ones, every window that a condition names, and the SLO's own where it rolls.
    """
    found = dict(STANDARD_WINDOWS)
    for condition in (policy.condition for policy in slo.policies):
        found[condition.lookback_text] = condition.lookback
        if condition.short_window is not None and condition.short_window_text is not None:
            found[condition.short_window_text] = condition.short_window
    if isinstance(slo.window, RollingWindow):
        found[slo.window.text] = slo.window.seconds
    return {name: lookback_window(slo, objective, seconds) for name, seconds in found.items()}


def own_window(slo: SLO, objective: Objective) -> WindowKey:
    """Return the window that the budget of an objective is counted over."""
    if isinstance(slo.window, RollingWindow):
        return lookback_window(slo, objective, slo.window.seconds)
    return Calendar(slo.window)


def lookback_window(slo: SLO, objective: Objective, seconds: int) -> Rolling:
    """Return the window in which an alert condition looks back so far."""
    grid = objective.slice_seconds or 0
    if slo.budgeting_method is BudgetingMethod.OCCURRENCES or not grid:
        return _rolling(seconds)
    period = slo.window if isinstance(slo.window, CalendarWindow) else None
    # Periods begin on quarter hours: slices that divide one lie as those of the epoch do.
    return _rolling(seconds, grid, period if QUARTER_HOUR % grid else None)


@lru_cache(maxsize=4_096)
def _rolling(seconds: int, grid: int = 0, anchor: CalendarWindow | None = None) -> Rolling:
    """Return a key; thousands of objectives have the same few."""
    return Rolling(seconds, grid, anchor)


def lookback_windows(slo: SLO, objective: Objective) -> set[Rolling]:
    """Return every window that an alert condition of an objective looks back over."""
    conditions = [policy.condition for policy in policies_of(slo, objective)]
    lengths = {condition.lookback for condition in conditions}
    lengths |= {c.short_window for c in conditions if c.short_window is not None}
    return {lookback_window(slo, objective, seconds) for seconds in lengths}


def window_before(slo: SLO) -> Calendar | None:
    """Return the period before the current one, None where the window rolls."""
    return None if isinstance(slo.window, RollingWindow) else Calendar(slo.window, back=1)


def turn_windows(slo: SLO, objective: Objective, at: int) -> tuple[Between, ...]:
    """Return, for each turn of the target inside the own window at a moment, what comes after."""
    start, _ = own_window(slo, objective).bounds(at)
    return tuple(Between(moment) for moment in turns(objective, start))


def windows_of(slo: SLO, at: int) -> set[WindowKey]:
    """Return every window over which something of an SLO is counted at a moment."""
    before = window_before(slo)
    found: set[WindowKey] = {before} if before else set()
    for objective in slo.objectives:
        found.add(own_window(slo, objective))
        found.update(turn_windows(slo, objective, at))
        found.update(burn_windows(slo, objective).values())
        found.update(lookback_windows(slo, objective))
    return found

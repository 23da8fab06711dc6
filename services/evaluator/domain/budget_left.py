"""How much of the error budgets is left, and for how long it lasts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.delta import Ints
from services.evaluator.domain.table import Floats, Table
from shared.domain.budget import error_ratios
from shared.domain.window import Calendar, Rolling, WindowKey

FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True)
class BudgetLeft:
    """Per entry, what is spent of its budget, as an error ratio; NaN where nothing was counted.

    Where the target changed inside the window, it is the ratio that spends as much of a budget by
    today's target. `length` is that of what the budget is for: of the objective's own window, of a
    calendar window the whole period. `ends` is in how many seconds a new budget begins.
    """

    spent: Floats
    length: Floats
    ends: Floats


def budget_left(
    table: Table, windows: Mapping[WindowKey, int], sums: Ints, at: int, entries: Ints
) -> BudgetLeft:
    """Return what is left to some entries; `windows` are the indices of the windows in `sums`."""
    spent = error_ratios(*table.counts_among(sums, entries))
    if table.periods:
        whole = table.whole_period_ratios(sums, at)[entries]
        spent = np.where(np.isnan(whole), spent, whole)
    if table.turning is not None:
        spent = spent * (table.allowed / _allowed(table, sums, at))[entries]
    length, ends = np.zeros(len(windows)), np.full(len(windows), FOR_EVER)
    for window, index in windows.items():
        if isinstance(window, Calendar):
            start, end = window.period(at)
            length[index], ends[index] = end - start, end - at
        elif isinstance(window, Rolling):
            length[index] = window.seconds
    own = table.window[entries]
    return BudgetLeft(spent, length[own], ends[own])


def _allowed(table: Table, sums: Ints, at: int) -> Floats:
    over_window = table.allowed_over_window(sums, at)
    return np.where(table.before < 0, over_window, table.allowed_over_period(sums, at))

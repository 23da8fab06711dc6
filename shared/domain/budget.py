"""Error budgets and burn rates (SRE workbook, ch. 5). Ratios are 0..1; no data is None or NaN.

`1 - target` and `threshold * (1 - target)` are formed in decimal arithmetic and become one float,
which `bad / total` is compared with: in floats 1 / (1 - 0.999) is 999.999...
"""

from decimal import Decimal
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class State(StrEnum):
    """How an objective stands."""

    OK = "ok"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    NO_DATA = "no_data"
    STALE = "stale"


SEVERITY: dict[State, int] = {
    State.OK: 0,
    State.NO_DATA: 1,
    State.AT_RISK: 2,
    State.STALE: 3,
    State.BREACHED: 4,
}
"""Which state an SLO takes from its objectives: the one that ranks highest."""

AT_RISK_BEYOND = Decimal("0.9")  # share of the budget that is spent


def allowed_ratio(target: Decimal) -> float:
    """Return B = 1 - target, the share of bad events that the promise allows."""
    return float(1 - target)


def limit(threshold: Decimal, target: Decimal) -> float:
    """Return the error ratio at which the burn rate equals `threshold`."""
    return float(threshold * (1 - target))


def error_ratios(good: NDArray[np.int64], total: NDArray[np.int64]) -> Floats:
    """Return bad / total for each element, NaN where nothing was counted."""
    ratios = np.full(total.shape, np.nan)
    np.divide(total - good, total, out=ratios, where=total > 0)
    return ratios


def error_ratio(good: int, total: int) -> float | None:
    """Return bad / total, or None when nothing was counted."""
    return (total - good) / total if total > 0 else None


def burn_rate(good: int, total: int, allowed: float) -> float | None:
    """Return how many times faster than allowed the budget is spent; None without data."""
    ratio = error_ratio(good, total)
    return None if ratio is None else ratio / allowed


def expected_totals(
    total: NDArray[np.int64], before: NDArray[np.int64], elapsed: Floats, length: Floats
) -> Floats:
    """Return what a calendar period is expected to count by its end, element by element.

    What it counted in `elapsed` of its `length` seconds, scaled to all of it, but at least what
    the period before counted.
    """
    scaled = np.where(elapsed > 0, total * length / np.maximum(elapsed, 1), 0.0)
    return np.maximum(scaled, before)


def whole_period_ratios(
    good: NDArray[np.int64], total: NDArray[np.int64], expected: Floats
) -> Floats:
    """Return bad / expected for each element, NaN where nothing was counted.

    Where it reaches the allowed ratio, the budget of the whole period is spent.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, (total - good) / expected, np.nan)


def time_to_exhaustion(remaining: float, length: int, burn_1h: float | None) -> float | None:
    """Return the seconds until the budget is spent at the last hour's burn rate.

    0 when it is already spent; None when the burn is 0 or unknown.
    """
    if remaining <= 0:
        return 0.0
    if not burn_1h:
        return None
    return remaining * length / burn_1h


def calendar_state(
    *,
    stale: bool,
    good: int,
    total: int,
    allowed: float,
    expected: float,
    allowed_over_period: float,
    firing: bool,
) -> State:
    """Return the state of an objective in a calendar period: the first that applies.

    It goes by the budget of the whole period, of which `expected` is the total.
    """
    ratio = error_ratio(good, total)
    if stale:
        return State.STALE
    if ratio is None:
        return State.NO_DATA
    spent = (total - good) / expected
    if spent >= allowed_over_period:
        return State.BREACHED
    if firing or _little_left(spent, allowed_over_period) or ratio > allowed:
        return State.AT_RISK
    return State.OK


def rolling_state(*, stale: bool, good: int, total: int, allowed: float, firing: bool) -> State:
    """Return the state of an objective with a rolling window: the first that applies."""
    ratio = error_ratio(good, total)
    if stale:
        return State.STALE
    if ratio is None:
        return State.NO_DATA
    if ratio > allowed:
        return State.BREACHED
    if firing or _little_left(ratio, allowed):
        return State.AT_RISK
    return State.OK


def _little_left(ratio: float, allowed: float) -> bool:
    """Tell whether less than a tenth of a budget is left; exactly a tenth is not less."""
    return ratio > float(AT_RISK_BEYOND * Decimal(str(allowed)))

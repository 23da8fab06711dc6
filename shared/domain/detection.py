"""How fast an alert notices a failure and lets go of it (SRE workbook, ch. 5, table 5-8).

The windows are taken to be filled with steady traffic without errors before the failure, and the
failure to last: from its first moment on, a constant share of what is counted is bad.
"""

from dataclasses import dataclass
from decimal import Decimal

from shared.domain.slo import AlertCondition

_ABOVE = ("gt", "gte")


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a condition does about a failure, in seconds; None when it never fires.

    `detected_after` counts from the failure's beginning, `reset_after` from its end; without a
    short window `reset_after` is the longest it can take.
    """

    error_ratio: Decimal
    burn_rate: float
    detected_after: float | None
    reset_after: float | None


def can_hold(condition: AlertCondition, allowed: Decimal) -> bool:
    """Whether any error ratio meets the condition: at most everything is bad."""
    return condition.op not in _ABOVE or _holds(condition, Decimal(1), allowed)


def reaction(
    condition: AlertCondition,
    allowed: Decimal,
    error_ratio: Decimal,
    *,
    bad_per_second: float | None = None,
) -> Reaction:
    """Return how a condition on a high burn rate reacts to such a failure.

    `allowed` is 1 - target. `bad_per_second`, where it is known, makes `min_bad_events` count.
    """
    burn = float(error_ratio / allowed)
    after = detection_time(condition, allowed, error_ratio)
    floor = _floor_time(condition, bad_per_second)
    if after is None or floor is None:
        return Reaction(error_ratio, burn, None, None)
    return Reaction(
        error_ratio,
        burn,
        max(after, floor) + condition.alert_after,
        reset_time(condition, allowed, error_ratio) + condition.keep_firing_for,
    )


def detection_time(
    condition: AlertCondition, allowed: Decimal, error_ratio: Decimal
) -> float | None:
    """Return B / error ratio * lookback * threshold, None where the threshold is not reached."""
    if not _holds(condition, error_ratio, allowed):
        return None
    return float(allowed * condition.threshold * condition.lookback / error_ratio)


def reset_time(condition: AlertCondition, allowed: Decimal, error_ratio: Decimal) -> float:
    """Return short window * (1 - threshold / burn), the lookback where there is no short one."""
    window = condition.short_window or condition.lookback
    return float(window * (1 - condition.threshold * allowed / error_ratio))


def _holds(condition: AlertCondition, error_ratio: Decimal, allowed: Decimal) -> bool:
    limit = condition.threshold * allowed
    return error_ratio > limit or (condition.op == "gte" and error_ratio == limit)


def _floor_time(condition: AlertCondition, bad_per_second: float | None) -> float | None:
    """Return how long the least number of bad events takes; None when the lookback is shorter."""
    if bad_per_second is None:
        return 0.0
    if bad_per_second * condition.lookback < condition.min_bad_events:
        return None
    return condition.min_bad_events / bad_per_second

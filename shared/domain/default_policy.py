"""The alert policies of objectives that have none of their own (SRE workbook, ch. 5, table 5-8).

Four tiers: how much of the budget may be spent within a lookback before somebody is told. Their
alerts are recorded and shown, and sent nowhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from shared.domain.duration import SECONDS, in_words
from shared.domain.slo import SLO, AlertCondition, AlertPolicy, Objective, RollingWindow, Window

POLICY = "default"
"""What the policy of the default tiers is called."""

_MINUTE = 60
_DAY = SECONDS["d"]
_MONTH = 30 * _DAY
_MONTHS = range(28 * _DAY, 31 * _DAY + 1)  # windows that keep the lookbacks as they are
_SHORTEST = 10 * _MINUTE  # of all lookbacks that are scaled


@dataclass(frozen=True, slots=True)
class _Tier:
    """One row of the table: `share` of the budget of 30 days within `lookback` seconds."""

    name: str
    severity: str
    lookback: int
    short: int
    share: Decimal
    threshold: Decimal  # what the share is as a burn rate over 30 days


_TIERS = (
    _Tier("fast-page", "page", 3600, 300, Decimal("0.02"), Decimal("14.4")),
    _Tier("slow-page", "page", 6 * 3600, 1800, Decimal("0.05"), Decimal(6)),
    _Tier("fast-ticket", "ticket", _DAY, 7200, Decimal("0.1"), Decimal(3)),
    _Tier("slow-ticket", "ticket", 3 * _DAY, 6 * 3600, Decimal("0.1"), Decimal(1)),
)


def policies_of(slo: SLO, objective: Objective) -> tuple[AlertPolicy, ...]:
    """Return the policies that an objective is judged by: the SLO's own, else the default ones.

    What an agreement promises is judged by the objective that it promises.
    """
    if slo.agreement is not None:
        return ()
    return slo.policies or default_policies(nominal_length(slo.window), objective.target)


def default_policies(window: int, target: Decimal) -> tuple[AlertPolicy, ...]:
    """Return the default tiers for a window of this many seconds and a target, fastest first.

    Windows of 28 to 31 days have the workbook's lookbacks, with thresholds that spend the same
    share of the budget; other windows have lookbacks scaled to them, with the workbook's
    thresholds. Tiers that look back over more than a quarter of the window, or whose threshold
    no error ratio exceeds, are left out.
    """
    return tuple(
        AlertPolicy(POLICY, condition)
        for condition in default_conditions(window)
        if 4 * condition.lookback <= window and condition.threshold * (1 - target) < 1
    )


def nominal_length(window: Window) -> int:
    """Return the length of a window in seconds; a month counts as 30 days, a year as 365."""
    if isinstance(window, RollingWindow):
        return window.seconds
    return window.count * SECONDS[window.unit]


def default_conditions(window: int) -> Iterator[AlertCondition]:
    """Yield the four tiers for a window of this many seconds, also those that make no sense."""
    for tier in _TIERS:
        if window in _MONTHS:
            threshold = tier.share * window / tier.lookback
            yield _condition(tier, threshold, tier.lookback, tier.short)
        else:
            lookback = max(_whole_minutes(tier.lookback * window, _MONTH), _SHORTEST)
            short = max(_whole_minutes(lookback, 12), _MINUTE)
            yield _condition(tier, tier.threshold, lookback, short)


def _condition(tier: _Tier, threshold: Decimal, lookback: int, short: int) -> AlertCondition:
    return AlertCondition(
        name=tier.name,
        severity=tier.severity,
        op="gt",
        threshold=threshold,
        lookback=lookback,
        lookback_text=in_words(lookback),
        short_window=short,
        short_window_text=in_words(short),
    )


def _whole_minutes(seconds: int, parts: int) -> int:
    """Return `seconds / parts`, rounded to whole minutes (half of one up)."""
    unit = parts * _MINUTE
    return (2 * seconds + unit) // (2 * unit) * _MINUTE

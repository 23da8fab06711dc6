"""The alerts of an objective: how fast each notices failures, and which can never fire."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from leeway.terminal import counted
from shared.domain.default_policy import (
    POLICY,
    default_conditions,
    default_policies,
    nominal_length,
)
from shared.domain.detection import Reaction, can_hold, reaction
from shared.domain.slo import SLO, AlertCondition, AlertPolicy, BudgetingMethod, Objective

ERROR_RATIOS = (Decimal(1), Decimal("0.1"), Decimal("0.01"))
"""The failures that every alert is tried on."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition of a policy; `never` says why it can never fire, `silent` why nobody is told."""

    policy: str
    condition: AlertCondition
    targets: tuple[str, ...]
    is_default: bool
    reactions: tuple[Reaction, ...]
    never: str | None = None
    silent: str | None = None


def alerts_of(slo: SLO, objective: Objective, events_per_second: float | None) -> tuple[Alert, ...]:
    """Return the alerts of one objective: those of the SLO's policies, else the default tiers."""
    allowed = 1 - objective.target
    if not slo.policies:
        return tuple(_default_alerts(slo, objective, allowed, events_per_second))
    return tuple(
        _alert(slo, policy, allowed, objective, events_per_second) for policy in slo.policies
    )


def joint_alerts(slo: SLO, events_per_second: float | None) -> tuple[Alert, ...]:
    """Return the alerts of a composite that counts occurrences: its parts burn together."""
    burn_of_everything = sum((o.weight / (1 - o.target) for o in slo.objectives), Decimal(0))
    allowed = 1 / burn_of_everything
    return tuple(_alert(slo, policy, allowed, None, events_per_second) for policy in slo.policies)


def _default_alerts(
    slo: SLO, objective: Objective, allowed: Decimal, events_per_second: float | None
) -> Iterator[Alert]:
    window = nominal_length(slo.window)
    kept = {policy.condition for policy in default_policies(window, objective.target)}
    for condition in default_conditions(window):
        alert = _alert(slo, AlertPolicy(POLICY, condition), allowed, objective, events_per_second)
        if condition not in kept and alert.never is None:
            reason = "left out: it looks back over more than a quarter of the window"
            alert = replace(alert, reactions=(), never=reason)
        yield replace(alert, is_default=True)


def _alert(
    slo: SLO,
    policy: AlertPolicy,
    allowed: Decimal,
    objective: Objective | None,
    events_per_second: float | None,
) -> Alert:
    condition = policy.condition
    reactions = tuple(
        _reaction(slo, condition, allowed, error, objective, events_per_second)
        for error in ERROR_RATIOS
    )
    never = _why_never(condition, allowed, reactions)
    timed = condition.op in ("gt", "gte") and not condition.asks_for_budget
    tried = reactions if timed and not never else ()
    silent = None if policy.alert_when_breaching else "its policy does not say alertWhenBreaching"
    return Alert(policy.name, condition, policy.targets, False, tried, never, silent)


def _why_never(
    condition: AlertCondition, allowed: Decimal, reactions: tuple[Reaction, ...]
) -> str | None:
    if not can_hold(condition, allowed):
        return f"with everything failing the burn rate is {float(1 / allowed):.6g}"
    if condition.op in ("gt", "gte") and reactions[0].detected_after is None:
        least = condition.min_bad_events
        return f"at this traffic its lookback window holds fewer than {counted(least, 'bad event')}"
    return None


def _reaction(
    slo: SLO,
    condition: AlertCondition,
    allowed: Decimal,
    error: Decimal,
    objective: Objective | None,
    events_per_second: float | None,
) -> Reaction:
    """Return how a condition reacts; whole slices are bad, or good, and count once they end."""
    counted = error
    if slo.budgeting_method is BudgetingMethod.TIMESLICES and objective is not None:
        counted = Decimal(1 - error < (objective.slice_target or 0))
    if not counted:
        return Reaction(error, 0.0, None, None)
    bad = None if events_per_second is None else events_per_second * float(error)
    found = reaction(condition, allowed, counted, bad_per_second=bad)
    after, step = found.detected_after, objective.slice_seconds if objective else None
    if step and after is not None:
        after = math.ceil(after / step) * step
    return replace(found, error_ratio=error, detected_after=after)

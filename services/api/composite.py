"""Composes what the parts of a composite SLO come to together.

No target is invented: what is bad in a part counts by that part's own budget and weight. A part
without data adds nothing, and is named.
"""

from collections.abc import Iterable, Sequence

from services.api.figures import Count
from services.api.schema.status import Composite, CompositePeriod, Objective
from shared.domain.slo import SLO, BudgetingMethod

Weighted = tuple[float, float | None]


def composite_of(slo: SLO, parts: Sequence[Objective], joint: Count | None) -> Composite:
    """Return the figures of all parts together; `parts` are in the order of the objectives.

    `joint` counts the slices that are good for every part (Timeslices).
    """
    weights = [float(objective.weight) for objective in slo.objectives]
    slis = [part.sli for part in parts]
    silent = [part.name for part in parts if part.sli is None]
    match slo.budgeting_method:
        case BudgetingMethod.OCCURRENCES:
            return _of_events(weights, parts, silent)
        case BudgetingMethod.TIMESLICES:
            return _of_slices(joint, silent)
        case BudgetingMethod.RATIO_TIMESLICES:
            lost = _sum(zip(weights, [None if s is None else 1 - s for s in slis], strict=True))
            sli = None if lost is None else max(0.0, 1 - lost)
            return Composite(sli=sli, without_data=silent)


def _of_events(
    weights: Sequence[float], parts: Sequence[Objective], silent: list[str]
) -> Composite:
    budgets = [part.error_budget for part in parts]
    consumed = _sum(zip(weights, [b.consumed_ratio for b in budgets], strict=True))
    periods = [budget.whole_period for budget in budgets]
    whole = _sum(
        (weight, period.consumed_ratio if period else None)
        for weight, period in zip(weights, periods, strict=True)
    )
    names = dict.fromkeys(name for part in parts for name in part.burn_rates)
    return Composite(
        consumed_ratio=consumed,
        remaining_ratio=_rest(consumed),
        whole_period=(
            CompositePeriod(consumed_ratio=whole, remaining_ratio=_rest(whole))
            if any(periods)
            else None
        ),
        burn_rates={
            name: _sum(zip(weights, [p.burn_rates.get(name) for p in parts], strict=True))
            for name in names
        },
        without_data=silent,
    )


def _of_slices(joint: Count | None, silent: list[str]) -> Composite:
    if joint is None:
        return Composite(without_data=silent)
    return Composite(
        good=joint.good,
        bad=joint.total - joint.good,
        total=joint.total,
        sli=joint.good / joint.total if joint.total else None,
        without_data=silent,
    )


def _sum(values: Iterable[Weighted]) -> float | None:
    """Return the weighted sum of what is known, None when nothing is."""
    known = [weight * value for weight, value in values if value is not None]
    return sum(known) if known else None


def _rest(consumed: float | None) -> float | None:
    return None if consumed is None else 1 - consumed

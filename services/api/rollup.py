"""Composes which group of an objective stands worst, beside the figures of all together."""

from collections.abc import Sequence

from services.api.schema.status import Group, Objective, Rollup, WorstGroup


def rolled_up(objectives: Sequence[Objective], groups: Sequence[Group]) -> list[Objective]:
    """Return the objectives of all groups together, each with its worst group."""
    if not groups:
        return list(objectives)
    return [
        objective.model_copy(update={"rollup": _rollup(position, groups)})
        for position, objective in enumerate(objectives)
    ]


def _rollup(position: int, groups: Sequence[Group]) -> Rollup:
    members = [(group.group, group.objectives[position]) for group in groups]
    known = [(left, *member) for member in members if (left := _left(member[1])) is not None]
    if not known:
        return Rollup(groups=len(groups), worst=None)
    left, group, objective = min(known, key=lambda one: (one[0], sorted(one[1].items())))
    worst = WorstGroup(group=group, state=objective.state, sli=objective.sli, remaining_ratio=left)
    return Rollup(groups=len(groups), worst=worst)


def _left(objective: Objective) -> float | None:
    """Return what is left of the budget that the state goes by."""
    budget = objective.error_budget
    decisive = budget.whole_period or budget
    return decisive.remaining_ratio

"""Which targets an SLO promised before, out of the changes that were made to its definition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from shared.definitions.library import Body, spec_of
from shared.definitions.objective import objective_name, target_of
from shared.domain.bucket import end_of
from shared.domain.slo import Former, Objective

COUNTING = ("timeSliceTarget", "timeSliceWindow")
"""What decides, beside the indicator, what is counted of an objective."""


@dataclass(frozen=True, slots=True)
class Revised:
    """One change of an SLO's definition; `revision` is the one that it made."""

    name: str
    revision: int
    at: datetime
    before: Body
    after: Body


def former_targets(changes: Iterable[Revised], since: Mapping[str, int]) -> dict[str, list[Former]]:
    """Return the former targets of one SLO's objectives by their names, the oldest first.

    `since` is, by objective, the revision from which on it counts what it counts today: what
    was promised before that was promised of something else.
    """
    found: dict[str, list[Former]] = {}
    for change in sorted(changes, key=lambda change: change.revision):
        before, after = _objectives(change.before), _objectives(change.after)
        for name in before.keys() & after.keys():
            earlier, later = before[name], after[name]
            if change.revision <= since.get(name, 0) or _counts(earlier) != _counts(later):
                found.pop(name, None)
            elif (target := target_of(earlier)) != target_of(later):
                until = end_of(ceil(change.at.timestamp()))
                found.setdefault(name, []).append(Former(target, until))
    return found


def since_of(
    slo: str, objectives: Iterable[Objective], counted_from: Mapping[tuple[str, str], int]
) -> dict[str, int]:
    """Return the revision from which on each objective counts what it counts today, by name."""
    return {
        objective.name: max(
            counted_from.get((slo, indicator.key), 0)
            for indicator in (objective.indicator, objective.good_indicator)
            if indicator is not None
        )
        for objective in objectives
    }


def _objectives(body: Body) -> dict[str, Body]:
    """Return what each objective says, by its name, with the method that is the SLO's."""
    spec = spec_of(body)
    method = spec.get("budgetingMethod")
    return {
        objective_name(objective, position): {**objective, "budgetingMethod": method}
        for position, objective in enumerate(spec.get("objectives") or ())
    }


def _counts(objective: Body) -> list[object]:
    return [objective.get(key) for key in ("budgetingMethod", *COUNTING)]

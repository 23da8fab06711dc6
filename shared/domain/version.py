"""Which target was in force when: the versions of a promise inside one window.

Targets change while the same is counted; the budget of a window in which that happened is the sum
of what each version allowed of what was counted while it was in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from shared.domain.budget import allowed_ratio
from shared.domain.slo import Objective


@dataclass(frozen=True, slots=True)
class Version:
    """A target, and from when until when (seconds) it was in force; `end` None means still."""

    target: Decimal
    start: int
    end: int | None


def in_force(objective: Objective, at: int) -> Objective:
    """Return an objective as it was promised at a moment."""
    for index, former in enumerate(objective.former):
        if at < former.until:
            return replace(objective, target=former.target, former=objective.former[:index])
    return objective


def turns(objective: Objective, start: int) -> tuple[int, ...]:
    """Return the moments after `start` at which the target changed."""
    return tuple(former.until for former in objective.former if former.until > start)


def versions_since(objective: Objective, start: int) -> list[Version]:
    """Return the versions in force from `start` on, the oldest first."""
    moments = turns(objective, start)
    starts, ends = (start, *moments), (*moments, None)
    targets = _targets(objective, len(moments))
    return [Version(*one) for one in zip(targets, starts, ends, strict=True)]


def ratios_by_turn(objective: Objective, number: int) -> list[float]:
    """Return the allowed ratios before each of the last `number` turns, and after them."""
    return [allowed_ratio(target) for target in _targets(objective, number)]


def allowed_bad(objective: Objective, counted: Sequence[int]) -> float:
    """Return how much may be bad of what was counted in a window.

    `counted` holds the total of the window, and then that since each turn inside it.
    """
    ratios = ratios_by_turn(objective, len(counted) - 1)
    parts = (before - after for before, after in pairwise([*counted, 0]))
    return sum(ratio * total for ratio, total in zip(ratios, parts, strict=True))


def _targets(objective: Objective, turned: int) -> list[Decimal]:
    """Return the targets before each of the last turns, and today's."""
    targets = [*(former.target for former in objective.former), objective.target]
    return targets[-turned - 1 :]

"""The state of an objective: the first that applies."""

from fractions import Fraction

from tests.oracle.budget import Figures
from tests.oracle.promise import Objective

ORDER = ("breached", "stale", "at_risk", "no_data", "ok")
"""From worst to best; the state of an SLO is its worst objective's."""

LITTLE_LEFT = Fraction(1, 10)


def state_of(objective: Objective, figures: Figures, *, stale: bool, firing: bool) -> str:
    """The state, given the figures and whether any alert of the objective is firing."""
    sli = figures.measure.sli
    if stale:
        return "stale"
    if sli is None:
        return "no_data"
    decisive = figures.so_far if figures.whole is None else figures.whole
    assert decisive.remaining is not None
    spent = decisive.remaining <= 0
    if (sli < objective.target) if figures.whole is None else spent:
        return "breached"
    if firing or decisive.remaining < LITTLE_LEFT:
        return "at_risk"
    if figures.whole is not None and sli < objective.target:
        return "at_risk"
    return "ok"


def worst(states: list[str]) -> str:
    """The worst of several states."""
    return min(states, key=ORDER.index)

"""The state of an objective: the first that applies."""

from fractions import Fraction

from tests.oracle.budget import Figures

ORDER = ("breached", "stale", "at_risk", "no_data", "ok")
"""From worst to best; the state of an SLO is its worst objective's."""

LITTLE_LEFT = Fraction(1, 10)


def state_of(figures: Figures, *, stale: bool, firing: bool) -> str:
    """The state, given the figures and whether any alert of the objective is firing.

    The SLI is below the target where more is bad than is allowed, also by several versions of it.
    """
    if stale:
        return "stale"
    if figures.measure.sli is None:
        return "no_data"
    decisive = figures.so_far if figures.whole is None else figures.whole
    assert decisive.remaining is not None
    assert figures.so_far.remaining is not None
    below = figures.so_far.remaining < 0
    if below if figures.whole is None else decisive.remaining <= 0:
        return "breached"
    if firing or decisive.remaining < LITTLE_LEFT:
        return "at_risk"
    if figures.whole is not None and below:
        return "at_risk"
    return "ok"


def worst(states: list[str]) -> str:
    """The worst of several states."""
    return min(states, key=ORDER.index)

"""How an objective counts time slices instead of events, and the series that count them.

A slice is worth between nothing and a whole: Timeslices knows good (1) and bad (0),
RatioTimeslices counts the slice's ratio in parts of a whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from shared.domain.budget import allowed_ratio, error_ratios
from shared.domain.corrected import corrected_key
from shared.domain.series import series_key
from shared.domain.slice_grid import Grid
from shared.domain.slo import SLO, BudgetingMethod, CalendarWindow, Objective

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PARTS = 1_441_440_000_000
"""What a slice of RatioTimeslices is counted in: a multiple of 10**7 and of all numbers to 16.

So the ratios of decimal targets, and of few events, are exact, and 400 days of minutes fit into
63 bits. The rest is rounded to the nearest part.
"""


class NoData(StrEnum):
    """What a slice without events counts as (`leeway/no-data`)."""

    EXCLUDE = "exclude"
    GOOD = "good"
    BAD = "bad"
    CARRY = "carry"


@dataclass(frozen=True, slots=True)
class Slicing:
    """How an objective counts slices: their grid, what a slice is worth, what an empty one is."""

    grid: Grid
    ratio: bool
    no_data: NoData
    silence_after: int

    @property
    def whole(self) -> int:
        """What one counted slice adds to the total."""
        return PARTS if self.ratio else 1

    def worth(self, good: Ints, total: Ints, allowed: Floats | float) -> Ints:
        """Return what slices are worth that have events; `allowed` is the share of bad ones."""
        if self.ratio:
            with np.errstate(invalid="ignore", divide="ignore"):
                ratio = np.where(total > 0, good / total, 0.0)
            parts: Ints = np.rint(ratio * PARTS).astype(np.int64)
            return parts
        with np.errstate(invalid="ignore"):
            is_good: Bools = error_ratios(good, total) <= allowed
        return is_good.astype(np.int64)


def slicing_of(slo: SLO, objective: Objective) -> Slicing | None:
    """Return how an objective counts slices, None when it counts events."""
    if slo.budgeting_method is BudgetingMethod.OCCURRENCES or objective.slice_seconds is None:
        return None
    calendar = slo.window if isinstance(slo.window, CalendarWindow) else None
    return Slicing(
        Grid(objective.slice_seconds, calendar),
        slo.budgeting_method is BudgetingMethod.RATIO_TIMESLICES,
        NoData(slo.no_data),
        slo.silence_after,
    )


def slice_allowed(objective: Objective) -> float:
    """Return the share of bad events that a good slice of an objective may have."""
    return allowed_ratio(objective.slice_target) if objective.slice_target is not None else 0.0


def slices_key(slo: SLO, objective: Objective, group: Sequence[str] = ()) -> int:
    """Return the series that counts the slices of an objective, or of one group of it.

    Everything that a verdict depends on is part of it: what was judged otherwise is not mixed in.
    """
    return series_key(slo.name, f"slices {_verdict(slo, objective)}", group)


def joint_key(slo: SLO, group: Sequence[str] = ()) -> int:
    """Return the series that counts the slices of all parts of a composite as one."""
    verdicts = [_verdict(slo, objective) for objective in slo.objectives]
    return series_key(slo.name, f"joint slices {verdicts}", group)


def _verdict(slo: SLO, objective: Objective) -> str:
    slicing, other = slicing_of(slo, objective), objective.good_indicator
    if slicing is None:
        raise ValueError(f"{slo.name} counts events, not slices")
    calendar = slicing.grid.calendar
    return repr(
        (
            corrected_key(slo, objective.indicator),
            other and (corrected_key(slo, other), objective.other_is_bad),
            slicing.grid.seconds,
            calendar and (calendar.count, calendar.unit, calendar.start, calendar.time_zone),
            slicing.ratio or str(objective.slice_target),
            slicing.no_data.value,
            slicing.silence_after if slicing.no_data is NoData.CARRY else None,
        )
    )

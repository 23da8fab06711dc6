"""Time slices: where they begin and end, and what each of them counts.

A window is cut into slices of one length: aligned to the epoch where it rolls, to the start of
each period where it follows a calendar; the last slice of a period ends with it. A slice is worth
between nothing and a whole: Timeslices knows good (1) and bad (0), RatioTimeslices counts the
slice's ratio in parts of a whole.

Everything here is array code over slices of many rows at once. All times are integers of seconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import gcd

import numpy as np
from numpy.typing import NDArray

from shared.domain.budget import allowed_ratio, error_ratios
from shared.domain.calendar import QUARTER_HOUR, period_at
from shared.domain.corrected import corrected_key
from shared.domain.series import series_key
from shared.domain.slo import SLO, BudgetingMethod, CalendarWindow, Objective

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PARTS = 1_441_440_000_000
"""What a slice of RatioTimeslices is counted in: a multiple of 10**7 and of all numbers to 16.

So the ratios of decimal targets, and of few events, are exact, and 400 days of minutes fit into
63 bits. The rest is rounded to the nearest part.
"""

NEVER = -(2**62)  # before any time


class NoData(StrEnum):
    """What a slice without events counts as (`leeway/no-data`)."""

    EXCLUDE = "exclude"
    GOOD = "good"
    BAD = "bad"
    CARRY = "carry"


@dataclass(frozen=True, slots=True)
class Grid:
    """Slices of `seconds`, aligned to the epoch or to the periods of a calendar window."""

    seconds: int
    calendar: CalendarWindow | None = None

    @property
    def step(self) -> int:
        """The seconds of the buckets that slices consist of; periods begin on quarter hours."""
        return gcd(self.seconds, QUARTER_HOUR)

    def bounds(self, low: int, high: int) -> Ints:
        """Return the starts of the slices that overlap `[low, high)`, and the end of the last."""
        if self.calendar is None:
            first = low // self.seconds
            return np.arange(first, -(-high // self.seconds) + 1, dtype=np.int64) * self.seconds
        parts = list(self._parts(self.calendar, low, high))
        starts = np.concatenate([np.arange(*part, self.seconds, dtype=np.int64) for part in parts])
        edges = np.append(starts, parts[-1][1])
        first = int(np.searchsorted(edges, low, side="right")) - 1
        return edges[first : int(np.searchsorted(edges, high)) + 1]

    def slice_at(self, time: int) -> tuple[int, int]:
        """Return `(start, end)` of the slice that holds a moment."""
        if self.calendar is None:
            start = time // self.seconds * self.seconds
            return start, start + self.seconds
        begin, end = period_at(self.calendar, time)
        start = begin + (time - begin) // self.seconds * self.seconds
        return start, min(start + self.seconds, end)

    def ended(self, until: int) -> int:
        """Return the end of the last slice that has ended at a moment."""
        return self.slice_at(until)[0]

    def next_start(self, time: int) -> int:
        """Return the start of the first slice that begins at a moment or later."""
        start, end = self.slice_at(time)
        return start if start == time else end

    def count(self, low: int, high: int) -> int:
        """Return how many slices start at or after `low` and end at or before `high`."""
        low = self.next_start(low)
        if low >= high:
            return 0
        if self.calendar is None:
            return (high - low) // self.seconds
        found = 0
        for begin, end in self._parts(self.calendar, low, high):
            found += max(0, _slices(max(low, begin), min(high, end), self.seconds, end))
        return found

    def _parts(self, window: CalendarWindow, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield the periods that overlap `[low, high)`."""
        begin, end = period_at(window, low)
        yield begin, end
        while end < high:
            begin, end = period_at(window, end)
            yield begin, end


def _slices(low: int, high: int, seconds: int, end: int) -> int:
    """Return how many slices from `low`, a slice's start, on end by `high`; one ends at `end`."""
    whole = (high - low) // seconds
    return whole + (high == end and (high - low) % seconds > 0)


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


@dataclass(frozen=True, slots=True)
class Carried:
    """The last slice with events before some others, by element: its end, and what it is worth.

    `end` is NEVER where there is none.
    """

    end: Ints
    worth: Ints


@dataclass(frozen=True, slots=True)
class Run:
    """Slices of several rows, row after row, those of a row in order and without gaps.

    `first` marks the first slice of each row. `begun` tells which slices count even when they are
    empty, where the policy says so.
    """

    first: Bools
    end: Ints
    good: Ints
    total: Ints
    allowed: Floats
    begun: Bools


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Which slices count, and what those are worth (others: 0).

    `last` is, where verdicts are carried, the last slice with events up to each.
    """

    counted: Bools
    worth: Ints
    last: Carried | None = None


def judge(slicing: Slicing, run: Run, before: Carried) -> Verdicts:
    """Return the verdicts on a run of slices.

    `before` holds, for every row of the run, the last slice with events before its first one.
    """
    full = run.total > 0
    worth = np.where(full, slicing.worth(run.good, run.total, run.allowed), 0)
    match slicing.no_data:
        case NoData.EXCLUDE:
            return Verdicts(full, worth)
        case NoData.GOOD | NoData.BAD:
            counted = full | run.begun
            empty = slicing.whole if slicing.no_data is NoData.GOOD else 0
            return Verdicts(counted, np.where(counted & ~full, empty, worth))
        case NoData.CARRY:
            last = _last_full(run, worth, before)
            counted = full | (run.end - last.end <= slicing.silence_after)
            return Verdicts(counted, np.where(counted, last.worth, 0), last)


def _last_full(run: Run, worth: Ints, before: Carried) -> Carried:
    """Return for every slice of a run the last one with events up to it, itself included."""
    place = np.arange(len(run.end))
    row = np.cumsum(run.first) - 1
    begin = np.flatnonzero(run.first)[row]
    latest = np.maximum.accumulate(np.where(run.total > 0, place, -1))
    within = latest >= begin
    at = np.maximum(latest, 0)
    return Carried(
        np.where(within, run.end[at], before.end[row]),
        np.where(within, worth[at], before.worth[row]),
    )

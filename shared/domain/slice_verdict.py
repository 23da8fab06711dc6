"""What becomes of slices: which of them count, and as how much, with those that are empty.

Everything here is array code over slices of many rows at once. All times are integers of seconds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.slicing import NoData, Slicing

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEVER = -(2**62)  # before any time


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

"""Slices of long ago after a change of exclusions: what they counted before, outside of these.

New slices are judged by the real counts that the rings hold. Older ones keep the verdict that
they had before any exclusion; those that an exclusion touches are left out, for what they would
be now is not known any more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.delta import Bools, Deltas, Ints, joined
from services.evaluator.domain.row import UNKNOWN
from services.evaluator.domain.table import Finder
from shared.domain.exclusion import Exclusion
from shared.domain.slice_grid import Grid

FirstBound = Callable[[Grid], int]


@dataclass(frozen=True, slots=True)
class Inherited:
    """A series of slices after exclusions, and the one that counts them `before` any."""

    series: int
    before: int
    grid: Grid
    exclusions: tuple[Exclusion, ...]


class SlicePast:
    """What new series of slices take over; `find` gives rows by series."""

    def __init__(self, inherited: Sequence[Inherited], find: Finder) -> None:
        pairs = [(one.series, one.before) for one in inherited]
        rows = find(np.array(pairs, np.uint64).reshape(-1)).reshape(-1, 2).tolist()
        self._heirs = [
            (one, row, before)
            for one, (row, before) in zip(inherited, rows, strict=True)
            if UNKNOWN not in (row, before)
        ]

    def rows(self) -> Ints:
        """Return the rows whose past must be read."""
        return np.unique(np.array([before for _, _, before in self._heirs], np.int64))

    def derive(self, stored: Deltas, cell: int, first: FirstBound) -> Deltas:
        """Return what stored counts, in cells of so many seconds, add to the new series.

        `first` gives the start of the first slice that is judged anew.
        """
        found = []
        for one, row, before in self._heirs:
            mine = stored.where((stored.row == before) & (stored.time < first(one.grid)))
            kept = mine.where(~_touched(one, mine.time, cell))
            found.append(Deltas(np.full(len(kept), row, np.int64), kept.time, kept.counts))
        return joined(found)


def _touched(one: Inherited, time: Ints, cell: int) -> Bools:
    """Return which cells hold a slice that time is excluded from."""
    touched = np.zeros(len(time), np.bool_)
    if not len(time):
        return touched
    low, high = int(time.min()), int(time.max()) + cell
    bounds = one.grid.bounds(low, high)
    ends = bounds[np.searchsorted(bounds, time + cell - 1, side="right")]
    for exclusion in one.exclusions:
        if exclusion.predicate is None:
            for start, end in exclusion.between(low, int(ends.max())):
                touched |= (time < end) & (start < ends)
    return touched

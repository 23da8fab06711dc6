"""One part of every row of a group of slices: what its slices are judged by."""

from collections.abc import Sequence

import numpy as np

from services.evaluator.domain.delta import TOTAL, Bools, Ints
from services.evaluator.domain.row import NOBODY
from services.evaluator.domain.slice_ring import NOWHERE, SliceRing
from services.evaluator.domain.sliced import Fed, PartState
from services.evaluator.domain.stretch import spread
from shared.domain.slice_verdict import Carried


class SlicePart:
    """Parallel arrays, one element per row of the group.

    `first` is the start of the first slice with events, `since` that of the first one since its
    indicators are counted. `edge` is the last slice with events before the ring, `last` the last
    one that was counted.
    """

    def __init__(self, feds: Sequence[Fed], states: Sequence[PartState]) -> None:
        self.feds = tuple(feds)
        self.allowed = np.array([fed.allowed for fed in feds], np.float64)
        self.first = np.array([state.first for state in states], np.int64)
        self.since = np.array([state.since for state in states], np.int64)
        self.edge = _carried([state.edge for state in states])
        self.last = _carried([state.last for state in states])
        self._apart = np.array([fed.other != NOBODY for fed in feds], np.bool_)
        self._other_is_bad = np.array([fed.other_is_bad for fed in feds], np.bool_)
        self._total = np.full(len(feds), NOWHERE, np.int64)
        self._other = self._total
        self._readers: tuple[Ints, Ints] = (self._total, self._total)

    @property
    def begin(self) -> Ints:
        """From when on empty slices count."""
        return np.minimum(self.first, self.since)

    def read(self, total: Ints, other: Ints) -> None:
        """Read these columns of the ring from now on."""
        self._total, self._other = total, other
        columns = np.concatenate((total, other))
        order = np.argsort(columns, kind="stable")
        self._readers = columns[order], order % max(len(total), 1)

    def readers(self, columns: Ints) -> tuple[Ints, Ints]:
        """Return every pair of an index into `columns` and a row that reads that column."""
        known, rows = self._readers
        low = np.searchsorted(known, columns, side="left")
        index, place = spread(low, np.searchsorted(known, columns, side="right"))
        return index, rows[place]

    def counts(self, ring: SliceRing, row: Ints, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Return good and total of rows over slices `[start, end)`."""
        own = ring.sums(start, end, self._total[row])
        total = np.maximum(own[TOTAL], 0)
        good = own[0]
        apart: Bools = self._apart[row]
        if apart.any():
            other = ring.sums(start, end, self._other[row])[TOTAL]
            formed = np.where(self._other_is_bad[row], total - other, other)
            good = np.where(apart, formed, good)
        return np.clip(good, 0, total), total

    def touched(self, ring: SliceRing, start: int, end: int) -> Bools:
        """Return which rows have a total in `[start, end)`."""
        return ring.touched(start, end, self._total)

    def note_first(self, row: Ints, start: Ints, total: Ints) -> None:
        """Remember where the first slice with events is, after seeing these slices."""
        full = total > 0
        np.minimum.at(self.first, row[full], start[full])

    def states(self) -> list[PartState]:
        """Return what must be remembered of each row."""
        begins = zip(self.first.tolist(), self.since.tolist(), strict=True)
        edges = zip(self.edge.end.tolist(), self.edge.worth.tolist(), strict=True)
        lasts = zip(self.last.end.tolist(), self.last.worth.tolist(), strict=True)
        return [
            PartState(*begin, edge, last)
            for begin, edge, last in zip(begins, edges, lasts, strict=True)
        ]


def _carried(pairs: Sequence[tuple[int, int]]) -> Carried:
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return Carried(table[:, 0].copy(), table[:, 1].copy())

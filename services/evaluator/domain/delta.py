"""Changes to the counters: what the fold of the counts log hands to them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

GOOD, TOTAL = 0, 1  # the first axis of every array of counts


@dataclass(frozen=True, slots=True)
class Deltas:
    """Counts to add to rows at times; parallel arrays, in any order, pairs may repeat.

    `time` is the start of a 10-second bucket in seconds; `counts` has the shape (2, n): good and
    total, which may be negative.
    """

    row: Ints
    time: Ints
    counts: Ints

    def __len__(self) -> int:
        return len(self.row)

    def where(self, mask: Bools) -> "Deltas":
        """Return those that the mask names."""
        return Deltas(self.row[mask], self.time[mask], self.counts[:, mask])

    def between(self, start: int, end: int) -> "Deltas":
        """Return those of the times in `[start, end)`."""
        return self.where((self.time >= start) & (self.time < end))

    def at(self, index: Ints) -> "Deltas":
        """Return those at these positions, which may repeat."""
        return Deltas(self.row[index], self.time[index], self.counts[:, index])

    def merged(self) -> "Deltas":
        """Return the same changes with each (row, time) once, without those that cancel out."""
        if not len(self):
            return self
        order = np.lexsort((self.time, self.row))
        row, time = self.row[order], self.time[order]
        new = np.concatenate(([True], (row[1:] != row[:-1]) | (time[1:] != time[:-1])))
        starts = np.flatnonzero(new)
        counts = np.add.reduceat(self.counts[:, order], starts, axis=1)
        return Deltas(row[starts], time[starts], counts).where(
            (counts[GOOD] != 0) | (counts[TOTAL] != 0)
        )


def no_deltas() -> Deltas:
    """Return changes that change nothing."""
    return Deltas(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((2, 0), np.int64))


def joined(parts: Sequence[Deltas]) -> Deltas:
    """Return all of these as one."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return no_deltas()
    return Deltas(
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.time for part in parts]),
        np.concatenate([part.counts for part in parts], axis=1),
    )

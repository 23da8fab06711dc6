"""Notices that much of what is counted arrives late: figures are half a picture until it ends.

Each late event is counted in its bucket at once. While so many arrive together that they change
the picture, alerts wait: what a window holds in the middle of a backfill is nobody's error rate.
"""

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.delta import TOTAL, Bools, Deltas, Ints
from services.evaluator.domain.table import Table
from shared.domain.bucket import BUCKET

LATE_SECONDS = 60  # behind the moment that was judged last
FADES = 0.8  # each second
MUCH = 0.01  # of what an objective's own window holds; what comes at once is so for 20 s at most
FORGOTTEN = 0.001  # events


class Backfill:
    """How many late events each row counted in the last seconds, the older ones fading."""

    def __init__(self) -> None:
        self._late: NDArray[np.float64] = np.zeros(0)
        self._at = 0
        self._any = False

    def note(self, counted: Deltas, judged: int) -> None:
        """Take note of what was counted when the moment `judged` (seconds) was judged last."""
        late = counted.where(counted.time + BUCKET + LATE_SECONDS <= judged)
        if not len(late):
            return
        size = int(late.row.max()) + 1
        if size > len(self._late):
            self._late = np.concatenate((self._late, np.zeros(size - len(self._late))))
        np.add.at(self._late, late.row, np.abs(late.counts[TOTAL]))
        self._any = True

    def fade(self, now: int) -> None:
        """Let it be `now`, in seconds."""
        if self._any:
            self._late *= FADES ** max(0, now - self._at)
            self._late[self._late < FORGOTTEN] = 0
            self._any = bool(self._late.any())
        self._at = now

    def fills(self, table: Table, sums: Ints) -> Bools:
        """Return which entries count so much late that their windows hold half a picture."""
        fills = np.zeros(len(table.entries), np.bool_)
        if self._any:
            row = table.events.row
            late = np.zeros(len(row))
            known = (row >= 0) & (row < len(self._late))
            late[known] = self._late[row[known]]
            some = np.flatnonzero(late)
            total = table.events_among(sums, some, table.window[some])[TOTAL]
            fills[some] = late[some] > total * MUCH
        return fills

"""The newest real counts of the rows that feed slices, at the resolution of the slices."""

from collections.abc import Iterable

import numpy as np

from services.evaluator.domain.delta import Bools, Deltas, Ints, joined, no_deltas
from services.evaluator.domain.ring import Ring
from services.evaluator.domain.tiers import AHEAD
from shared.domain.window import DAY

LATE = 8 * DAY  # seconds after which an event that arrives does not change its slice any more
REACH = 9 * DAY  # seconds: later than LATE, for a watermark may lag
NOWHERE = -1

Feed = tuple[int, int]  # a series and its row


class SliceRing:
    """Good and total per bucket of `step` seconds, of those rows only that feed slices.

    Each of these rows has a column. It is kept by series and row: when a series left its row and
    came back to another one, it begins anew.
    """

    def __init__(self, step: int, to: int) -> None:
        self._ring = Ring(step, (REACH + AHEAD) // step + 2)
        self._ring.advance(self._low(to))
        self._columns: dict[Feed, int] = {}
        self._free: list[int] = []
        self._column_of = np.full(1, NOWHERE, np.int64)
        self._waiting = no_deltas()

    @property
    def step(self) -> int:
        """The seconds of a bucket."""
        return self._ring.step

    @property
    def start(self) -> int:
        """The time from which on everything is known."""
        return self._ring.start

    @property
    def end(self) -> int:
        """The time up to which the ring has room."""
        return self._ring.end

    def use(self, feeds: Iterable[Feed]) -> None:
        """Keep exactly the columns of these rows; new ones are empty."""
        wanted = set(feeds)
        gone = [feed for feed in self._columns if feed not in wanted]
        freed = [self._columns.pop(feed) for feed in gone]
        if freed:
            self._ring.clear(np.array(freed, np.int64))
            rows = np.array([row for _, row in gone], np.int64)
            self._waiting = self._waiting.where(~np.isin(self._waiting.row, rows))
        self._free += freed
        for feed in sorted(wanted - self._columns.keys()):
            self._columns[feed] = self._free.pop() if self._free else self._ring.rows
            self._ring.ensure_rows(max(self._ring.rows, self._columns[feed] + 1))
        self._index()

    def columns(self, rows: Ints) -> Ints:
        """Return the column of each row, NOWHERE for those that feed nothing."""
        beyond = len(self._column_of) - 1
        columns: Ints = self._column_of[np.where(rows < 0, beyond, np.minimum(rows, beyond))]
        return columns

    def inside(self, deltas: Deltas) -> Deltas:
        """Return the changes that feed slices here, by column, of the times that the ring holds.

        What lies in the far future waits.
        """
        columns = self.columns(deltas.row)
        fed = columns != NOWHERE
        if not fed.any():
            return no_deltas()
        later = fed & (deltas.time >= self.end)
        if later.any():
            self._waiting = joined([self._waiting, deltas.where(later)])
        kept = fed & ~later & (deltas.time >= self.start)
        return Deltas(columns[kept], deltas.time[kept], deltas.counts[:, kept])

    def add(self, inside: Deltas) -> None:
        """Count changes by column, as `inside` returned them."""
        self._ring.add(inside)

    def starts_at(self, to: int) -> int:
        """Return where the ring starts once the current bucket ends at `to`."""
        return max(self._ring.low, self._low(to)) * self.step

    def advance(self, to: int) -> None:
        """Let `to` be the end of the current bucket; what lies too far back is forgotten."""
        self._ring.advance(self._low(to))
        if len(self._waiting):
            waiting, self._waiting = self._waiting, no_deltas()
            self.add(self.inside(waiting))

    def sums(self, start: Ints, end: Ints, column: Ints) -> Ints:
        """Return good and total of columns over slices `[start, end)`, 0 for NOWHERE: (2, n)."""
        sums = self._ring.sums(start // self.step, end // self.step, np.maximum(column, 0))
        return np.where(column == NOWHERE, 0, sums)

    def touched(self, start: int, end: int, column: Ints) -> Bools:
        """Return which of these columns counted anything in `[start, end)`."""
        touched = self._ring.touched(start // self.step, end // self.step)
        there = column != NOWHERE
        found: Bools = there & np.append(touched, False)[np.where(there, column, -1)]
        return found

    def _low(self, to: int) -> int:
        return (to - REACH) // self.step

    def _index(self) -> None:
        rows = np.array([row for _, row in self._columns], np.int64)
        self._column_of = np.full(int(rows.max(initial=-1)) + 2, NOWHERE, np.int64)
        self._column_of[rows] = list(self._columns.values())

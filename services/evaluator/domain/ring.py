"""The newest buckets of every row at one resolution, as a ring of columns."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.delta import Deltas, Ints, joined

WIDE_FROM = 2**30  # a cell this large makes the whole ring 64 bits wide
FIRST_CAPACITY = 16
GRAIN = 256  # rows
AT_ONCE = 4_096  # changes that wait at most

Cells = NDArray[np.signedinteger[Any]]


class Ring:
    """Good and total per (bucket, row), for the buckets in `[low, high)`.

    Bucket-major, so that one bucket of all rows is one contiguous vector. Cells are 32 bits wide
    until one reaches 2**30; then the ring becomes 64 bits wide, before anything can overflow.
    Changes wait until somebody looks, or there are many: it takes as long to add a few.
    """

    def __init__(self, step: int, slots: int) -> None:
        self.step = step
        self.slots = slots
        self.low = 0
        self.rows = 0
        self._added: Cells = np.zeros((2, slots, FIRST_CAPACITY), np.int32)
        self._waiting: list[Deltas] = []
        self._waiting_count = 0

    @property
    def high(self) -> int:
        """The first bucket that lies beyond the ring."""
        return self.low + self.slots

    @property
    def start(self) -> int:
        """The time in seconds from which on the ring holds everything."""
        return self.low * self.step

    @property
    def end(self) -> int:
        """The time in seconds up to which the ring has room."""
        return self.high * self.step

    @property
    def nbytes(self) -> int:
        """The memory that the cells may take."""
        return self._cells.nbytes

    def ensure_rows(self, rows: int) -> None:
        """Make room for this many rows."""
        if rows > self._added.shape[2]:
            shape = (2, self.slots, capacity_for(rows, self._added.shape[2]))
            cells = np.zeros(shape, self._added.dtype)
            cells[:, :, : self.rows] = self._added[:, :, : self.rows]
            self._added = cells
        self.rows = max(self.rows, rows)

    def advance(self, low: int) -> None:
        """Let the ring begin at bucket `low`; what lies before is forgotten."""
        gone = low - self.low
        if gone <= 0:
            return
        for slots, _ in self._parts(self.low, self.low + min(gone, self.slots)):
            self._added[:, slots, : self.rows] = 0
        self.low = low

    def add(self, deltas: Deltas) -> None:
        """Add changes, as far as they lie inside the ring when somebody looks."""
        self._waiting.append(deltas)
        self._waiting_count += len(deltas)
        if self._waiting_count > AT_ONCE:
            self._catch_up()

    def clear(self, rows: Ints) -> None:
        """Forget everything that these rows counted."""
        self._cells[:, :, rows] = 0

    def add_block(self, low: int, row: int, counts: Cells) -> None:
        """Add counts of the shape (2, buckets, rows), from bucket `low` and `row` on.

        Buckets and rows outside the ring are left out.
        """
        first, last = max(low, self.low), min(low + counts.shape[1], self.high)
        counts = counts[:, :, : max(0, self.rows - row)]
        if first >= last or not counts.size:
            return
        self._widen_when(_largest(counts))
        rows = slice(row, row + counts.shape[2])
        largest = 0
        for slots, start in self._parts(first, last):
            target = self._cells[:, slots, rows]
            part = counts[:, start - low : start - low + target.shape[1]]
            np.add(target, part, out=target, casting="same_kind")
            largest = max(largest, _largest(target))
        self._widen_when(largest)

    def block(self, low: int, high: int, row: int, rows: int) -> Cells:
        """Return the counts of the buckets in `[low, high)` and of `rows` rows from `row` on.

        The shape is (2, buckets, rows); zero where the ring holds nothing.
        """
        counts = np.zeros((2, high - low, rows), self._cells.dtype)
        end = min(row + rows, self.rows)
        for slots, start in self._parts(max(low, self.low), min(high, self.high)):
            source = self._cells[:, slots, row:end]
            counts[:, start - low : start - low + source.shape[1], : end - row] = source
        return counts

    def total(self, low: int, high: int) -> Ints:
        """Return good and total of every row over the buckets in `[low, high)`: (2, rows)."""
        counts = np.zeros((2, self.rows), np.int64)
        for slots, _ in self._parts(max(low, self.low), min(high, self.high)):
            counts += self._cells[:, slots, : self.rows].sum(axis=1, dtype=np.int64)
        return counts

    def buckets(self, buckets: Sequence[int]) -> Cells:
        """Return good and total of every row in each of these buckets: (2, buckets, rows)."""
        cells = self._cells[:, [bucket % self.slots for bucket in buckets], : self.rows]
        for place, bucket in enumerate(buckets):
            if not self.low <= bucket < self.high:
                cells[:, place] = 0
        return cells

    def sums(self, low: Ints, high: Ints, row: Ints) -> Ints:
        """Return good and total of each row over its own buckets in `[low, high)`: (2, n).

        All of these buckets must lie in the ring.
        """
        counts = np.zeros((2, len(row)), np.int64)
        for offset in range(int((high - low).max(initial=0))):
            slot = (low + offset) % self.slots
            cells = self._cells[:, slot, row]
            counts += np.where(low + offset < high, cells, 0)
        return counts

    def touched(self, low: int, high: int) -> NDArray[np.bool_]:
        """Return for every row whether it counted anything in the buckets of `[low, high)`."""
        touched = np.zeros(self.rows, np.bool_)
        for slots, _ in self._parts(max(low, self.low), min(high, self.high)):
            touched |= self._cells[:, slots, : self.rows].any(axis=(0, 1))
        return touched

    @property
    def _cells(self) -> Cells:
        self._catch_up()
        return self._added

    def _catch_up(self) -> None:
        if self._waiting:
            waiting, self._waiting, self._waiting_count = joined(self._waiting), [], 0
            self._add(waiting)

    def _add(self, deltas: Deltas) -> None:
        bucket = deltas.time // self.step
        inside = (bucket >= self.low) & (bucket < self.high)
        if not inside.all():
            deltas, bucket = deltas.where(inside), bucket[inside]
        if not len(deltas):
            return
        at = bucket % self.slots * self._added.shape[2] + deltas.row
        self._widen_when(_most_for_a_cell(at, deltas.counts))
        largest = 0
        for plane, counts in zip(self._added, deltas.counts, strict=True):
            flat = plane.reshape(-1)
            np.add.at(flat, at, counts.astype(flat.dtype))
            largest = max(largest, _largest(flat[at]))
        self._widen_when(largest)

    def _parts(self, low: int, high: int) -> Iterator[tuple[slice, int]]:
        """Yield the one or two runs of slots of `[low, high)`, each with its first bucket."""
        while low < high:
            slot = low % self.slots
            count = min(high - low, self.slots - slot)
            yield slice(slot, slot + count), low
            low += count

    def _widen_when(self, largest: int) -> None:
        if largest >= WIDE_FROM and self._added.dtype == np.int32:
            self._added = self._added.astype(np.int64)


def capacity_for(rows: int, before: int) -> int:
    """Return for how many rows to make room when there are more of them than before.

    A quarter more at a time: doubling would leave up to half of the memory unused.
    """
    capacity = max(rows, before + before // 4)
    return -(-capacity // GRAIN) * GRAIN if capacity > GRAIN else max(rows, 2 * before)


def _most_for_a_cell(at: Ints, counts: Ints) -> int:
    """Return no less than what changes a cell most; exactly that where it matters."""
    amounts = np.abs(counts)
    altogether = int(amounts.sum(axis=1).max())
    if altogether < WIDE_FROM:
        return altogether
    order = np.argsort(at, kind="stable")
    first = np.flatnonzero(np.diff(at[order], prepend=-1))
    return int(np.add.reduceat(amounts[:, order], first, axis=1).max())


def _largest(counts: Cells) -> int:
    return max(int(counts.max()), -int(counts.min()))

"""Which row of the shard's arrays each series has."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.delta import Ints

Series = NDArray[np.uint64]
NOBODY = 0  # in place of the series of a row that is free
UNKNOWN = -1


class Rows:
    """The series of every row; a series keeps its row until it is dropped.

    A row that its series left still holds what that counted; once this is gone everywhere, it is
    `clean` and goes to a new series.
    """

    def __init__(self, series: Series | None = None, clean: Iterable[int] = ()) -> None:
        self._series = np.empty(0, np.uint64) if series is None else series.astype(np.uint64)
        self.clean = sorted(clean)
        self._index()

    def __len__(self) -> int:
        return len(self._series)

    @property
    def series(self) -> Series:
        """The series of every row, NOBODY where a row is free; do not change it."""
        return self._series

    def find(self, series: Series) -> Ints:
        """Return the row of each series, UNKNOWN for those that have none."""
        if not len(self._sorted):
            return np.full(len(series), UNKNOWN, np.int64)
        at = self._sorted.searchsorted(series)
        np.minimum(at, len(self._sorted) - 1, out=at)
        found = self._sorted.take(at) == series
        rows = self._rows.take(at)
        return rows if found.all() else np.where(found, rows, UNKNOWN)

    def left(self) -> Ints:
        """Return the rows that nobody has and that still hold counts."""
        free = np.flatnonzero(self._series == NOBODY)
        return np.setdiff1d(free, np.array(self.clean, np.int64))

    def add(self, series: Series) -> Ints:
        """Give each of these series, none of which has a row, a row of its own; return them."""
        used, self.clean = self.clean[: len(series)], self.clean[len(series) :]
        new = np.arange(len(self), len(self) + len(series) - len(used))
        rows = np.concatenate((np.array(used, np.int64), new))
        self._series = np.concatenate((self._series, np.zeros(len(new), np.uint64)))
        self._series[rows] = series
        self._index()
        return rows

    def drop(self, rows: Ints) -> None:
        """Free these rows; they are not clean."""
        self._series = self._series.copy()
        self._series[rows] = NOBODY
        self._index()

    def cleaned(self, rows: Ints) -> None:
        """Note that these free rows hold nothing any more."""
        self.clean = sorted({*self.clean, *rows.tolist()})

    def _index(self) -> None:
        used = np.flatnonzero(self._series != NOBODY)
        order = np.argsort(self._series[used])
        self._rows = used[order]
        self._sorted = self._series[self._rows]

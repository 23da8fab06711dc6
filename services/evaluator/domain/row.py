"""Which row of the shard's arrays each series has."""

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.delta import Ints

Series = NDArray[np.uint64]
NOBODY = 0  # in place of the series of a row that is free
UNKNOWN = -1


class Rows:
    """The series of every row; a series keeps its row, and a row that it left stays free."""

    def __init__(self, series: Series | None = None) -> None:
        self._series = np.empty(0, np.uint64) if series is None else series.astype(np.uint64)
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
        at = np.searchsorted(self._sorted, series)
        at[at == len(self._sorted)] = 0
        return np.where(self._sorted[at] == series, self._rows[at], UNKNOWN)

    def add(self, series: Series) -> None:
        """Give each of these series, none of which has a row, a row of its own."""
        self._series = np.concatenate((self._series, series))
        self._index()

    def drop(self, rows: Ints) -> None:
        """Free these rows."""
        self._series = self._series.copy()
        self._series[rows] = NOBODY
        self._index()

    def _index(self) -> None:
        used = np.flatnonzero(self._series != NOBODY)
        order = np.argsort(self._series[used])
        self._rows = used[order]
        self._sorted = self._series[self._rows]

"""Window sums of every row, kept exact while time moves and counts change."""

from collections.abc import Iterable

import numpy as np

from services.evaluator.domain.delta import Deltas, Ints
from services.evaluator.domain.ring import FIRST_CAPACITY, capacity_for
from services.evaluator.domain.tiers import Tiers
from shared.domain.window import BUCKET, Rolling, in_order

STEPPED = 60  # seconds that time may move on before recounting is cheaper than stepping


class RunningSums:
    """Good and total of every row over every window, at the tiers' current `to`.

    When time moves on, the buckets that enter are added and those that leave are taken off, at
    the resolution that serves the window; a change that lies inside a window is added at once.
    """

    def __init__(self, tiers: Tiers, windows: Iterable[Rolling]) -> None:
        self._tiers = tiers
        self.windows: tuple[Rolling, ...] = ()
        self._from: list[int] = []
        self._rows = 0
        self._sums = np.zeros((2, 0, FIRST_CAPACITY), np.int64)
        self.use(windows)

    @property
    def sums(self) -> Ints:
        """Good and total by window and row: (2, windows, rows); a view, do not keep it."""
        return self._sums[:, :, : self._rows]

    def use(self, windows: Iterable[Rolling]) -> None:
        """Keep the sums of exactly these windows, shortest first."""
        wanted = in_order(windows)
        if wanted == self.windows:
            return
        sums = np.zeros((2, len(wanted), self._sums.shape[2]), np.int64)
        for index, window in enumerate(wanted):
            if window in self.windows:
                sums[:, index] = self._sums[:, self.windows.index(window)]
            else:
                sums[:, index, : self._rows] = self._tiers.over(window)[:, : self._rows]
        self.windows, self._sums = wanted, sums
        self._from = [window.bounds(self._tiers.to)[0] for window in wanted]

    def ensure_rows(self, rows: int) -> None:
        """Make room for this many rows."""
        if rows > self._sums.shape[2]:
            capacity = capacity_for(rows, self._sums.shape[2])
            sums = np.zeros((2, len(self.windows), capacity), np.int64)
            sums[:, :, : self._rows] = self.sums
            self._sums = sums
        self._rows = max(self._rows, rows)

    def clear(self, rows: Ints) -> None:
        """Forget everything that these rows counted."""
        self._sums[:, :, rows] = 0

    def add(self, deltas: Deltas) -> None:
        """Add those changes that lie inside a window."""
        if not len(deltas):
            return
        earliest, latest = int(deltas.time.min()), int(deltas.time.max())
        for index, start in enumerate(self._from):
            part = deltas
            if earliest < start or latest >= self._tiers.to:
                part = deltas.where((deltas.time >= start) & (deltas.time < self._tiers.to))
            for plane, counts in zip(self._sums, part.counts, strict=True):
                np.add.at(plane[index], part.row, counts)

    def advance(self, to: int) -> None:
        """Move the windows, and the tiers, on to the end `to`."""
        before = self._tiers.to
        if to == before:
            return
        if not before < to <= before + STEPPED:
            self._tiers.advance(to)
            self.recount()
            return
        self._leave(to)
        self._tiers.advance(to)
        self._enter(before, to)

    def recount(self) -> None:
        """Form all sums anew from the tiers."""
        for index, window in enumerate(self.windows):
            self._from[index] = window.bounds(self._tiers.to)[0]
            self._sums[:, index, : self._rows] = self._tiers.over(window)

    def _leave(self, to: int) -> None:
        for index, window in enumerate(self.windows):
            start = window.bounds(to)[0]
            if start > self._from[index]:
                gone = self._tiers.between(window.step, self._from[index], start)
                self._sums[:, index, : self._rows] -= gone
                self._from[index] = start

    def _enter(self, before: int, to: int) -> None:
        entered = self._tiers.between(BUCKET, before, to)
        if entered.any():
            self._sums[:, :, : self._rows] += entered[:, None, :]

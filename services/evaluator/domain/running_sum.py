"""Window sums of every row, kept exact while time moves and counts change."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.delta import Deltas, Ints
from services.evaluator.domain.ring import FIRST_CAPACITY, capacity_for
from services.evaluator.domain.tiers import Tiers
from shared.domain.bucket import BUCKET, end_of
from shared.domain.window import Between, Calendar, Rolling, WindowKey, in_order


@dataclass(frozen=True, slots=True)
class Head:
    """Good and total, (2, rows), of some rows between two moments of one quarter hour."""

    window: Between
    rows: Ints
    counts: Ints


SPARSE = 4  # times fewer changes than rows: rows that do not change are left out
STEPPED = 60  # seconds that time may move on before recounting is cheaper than stepping

Bounds = tuple[int, int]  # from and to, in seconds
Summed = tuple[tuple[WindowKey, Bounds], ...]


class RunningSums:
    """Good and total of every row over every window, at the tiers' current `to`.

    When time moves on, the buckets that enter are added and those that leave are taken off, at
    the resolution that serves the window; a change that lies inside a window is added at once.
    Other windows keep what entered them, as they reach further back than the tiers do; when a
    period ends, its sums become those of the period before. `bounds` says from when until when each
    window is summed.
    """

    def __init__(
        self, tiers: Tiers, at: int, windows: Iterable[WindowKey], heads: Iterable[Head] = ()
    ) -> None:
        self._tiers = tiers
        self._heads = tuple(heads)
        self.at = at
        self.windows: tuple[WindowKey, ...] = ()
        self.bounds: Summed = ()
        self._bounds: list[Bounds] = []
        self._rows = 0
        self._sums = np.zeros((2, 0, FIRST_CAPACITY), np.int64)
        self.use(windows)

    @property
    def sums(self) -> Ints:
        """Good and total by window and row: (2, windows, rows); a view, do not keep it."""
        return self._sums[:, :, : self._rows]

    def use(self, windows: Iterable[WindowKey]) -> None:
        """Keep the sums of exactly these windows, those that roll first and shortest first."""
        wanted = in_order(windows)
        if wanted == self.windows:
            return
        sums = np.zeros((2, len(wanted), self._sums.shape[2]), np.int64)
        for index, window in enumerate(wanted):
            if window in self.windows:
                sums[:, index] = self._sums[:, self.windows.index(window)]
            else:
                sums[:, index, : self._rows] = self._tiers.over(window, self.at)[:, : self._rows]
        self.windows, self._sums = wanted, sums
        self._sum_between([window.bounds(self.at) for window in wanted])

    def reaches(self, window: WindowKey) -> bool:
        """Tell whether the sums of a window are known, or can be formed from the tiers."""
        return window in self.windows or self._tiers.reaches(window, self.at)

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
        whole = []
        for index, (start, end) in enumerate(self._bounds):
            if start <= earliest and latest < end:
                whole.append(index)
            elif start <= latest and earliest < end:
                part = deltas.between(start, end)
                for plane, counts in zip(self._sums, part.counts, strict=True):
                    np.add.at(plane[index], part.row, counts)
        if whole:
            self._add_to_all(whole, deltas)

    def _add_to_all(self, windows: Sequence[int], deltas: Deltas) -> None:
        """Add changes all of which lie inside each of these windows."""
        counts = np.zeros((2, self._rows), np.int64)
        for plane, changes in zip(counts, deltas.counts, strict=True):
            np.add.at(plane, deltas.row, changes)
        rows: slice | Ints = slice(0, self._rows)
        if len(deltas) * SPARSE < self._rows:
            rows = np.flatnonzero(counts.any(axis=0))
        added = counts[:, None, rows]
        for run in _runs(windows):
            self._sums[:, run, rows] += added

    def advance(self, at: int) -> None:
        """Let it be `at` (seconds); time never goes back."""
        if at <= self.at:
            return
        turns = at // BUCKET != self.at // BUCKET or at >= self._tiers.to
        before, to, self.at = self._tiers.to, end_of(at), at
        if not turns:  # windows begin and end where buckets do
            return
        bounds = [window.bounds(at) for window in self.windows]
        self._turn_over(bounds)
        self._enter(before, bounds)
        if to > before + STEPPED:
            self._tiers.advance(to)
            self._recount(Rolling)
        elif to > before:
            self._leave(bounds)
            self._tiers.advance(to)
        self._sum_between(bounds)

    def recount(self, beyond: Mapping[WindowKey, Ints]) -> None:
        """Form all sums anew from the tiers, and from what was counted before they begin.

        What is stored in quarter hours alone lacks the moments inside them at which targets
        changed: the heads that came with the checkpoint are what was counted before those.
        """
        self._recount(Rolling, Calendar, Between)
        for window, sums in beyond.items():
            self._sums[:, self.windows.index(window), : self._rows] += sums
        for head in self._heads:
            if head.window in self.windows:
                plane = self._sums[:, self.windows.index(head.window)]
                plane[:] = 0
                plane[:, head.rows] = head.counts
        for index, window in enumerate(self.windows):
            if isinstance(window, Between) and window.head and not self._tiers.holds(window):
                self._sums[:, index] -= self._sums[:, self.windows.index(window.head)]

    def heads(self, rows: Mapping[Between, Ints]) -> list[Head]:
        """Return what these rows counted before the moments at which their targets changed."""
        return [
            Head(window.head, some, self._sums[:, self.windows.index(window.head), some])
            for window, some in rows.items()
            if window.head is not None
        ]

    def _sum_between(self, bounds: list[Bounds]) -> None:
        self._bounds = bounds
        self.bounds = tuple(zip(self.windows, bounds, strict=True))

    def _recount(self, *kinds: type[WindowKey]) -> None:
        for index, window in enumerate(self.windows):
            if isinstance(window, kinds):
                self._sums[:, index, : self._rows] = self._tiers.over(window, self.at)

    def _turn_over(self, bounds: list[Bounds]) -> None:
        """Let each period that ended become the one before, and begin the new ones with nothing."""
        turned = {
            index: self._holds(window, start)
            for index, (window, (start, _)) in enumerate(zip(self.windows, bounds, strict=True))
            if isinstance(window, Calendar) and start != self._bounds[index][0]
        }
        if not turned:
            return
        counted = {i: self._sums[:, i].copy() for i in turned.values() if i is not None}
        for index, source in turned.items():
            self._sums[:, index] = 0 if source is None else counted[source]

    def _holds(self, window: Calendar, start: int) -> int | None:
        """Return which window has been counting the period that begins at `start`."""
        for index, (other, (begin, _)) in enumerate(zip(self.windows, self._bounds, strict=True)):
            if isinstance(other, Calendar) and other.window == window.window and begin == start:
                return index
        return None

    def _enter(self, before: int, bounds: list[Bounds]) -> None:
        """Add what lies from `before` on, as far as it is inside each window now."""
        ranges: dict[Bounds, list[int]] = {}
        for index, (start, end) in enumerate(bounds):
            ranges.setdefault((max(start, before), end), []).append(index)
        for (start, end), indexes in ranges.items():
            if start < end and (entered := self._tiers.ahead(start, end)).any():
                for run in _runs(indexes):
                    self._sums[:, run, : self._rows] += entered[:, None]

    def _leave(self, bounds: list[Bounds]) -> None:
        """Take off what lies before each window now: of most it is one bucket."""
        leaving: dict[int, list[tuple[int, int]]] = {}
        for index, window in enumerate(self.windows):
            before, start = self._bounds[index][0], bounds[index][0]
            if not isinstance(window, Rolling) or start <= before:
                continue
            if start - before == window.step:
                leaving.setdefault(window.step, []).append((index, before))
            else:
                gone = self._tiers.between(window.step, before, start)
                self._sums[:, index, : self._rows] -= gone
        for step, found in leaving.items():
            indexes, starts = zip(*found, strict=True)
            self._sums[:, list(indexes), : self._rows] -= self._tiers.buckets(step, starts)


def _runs(indexes: Sequence[int]) -> Iterator[slice]:
    """Yield these indexes, which are in order, as few slices."""
    start = 0
    for place in range(1, len(indexes) + 1):
        if place == len(indexes) or indexes[place] != indexes[place - 1] + 1:
            yield slice(indexes[start], indexes[place - 1] + 1)
            start = place

"""The counters of one shard: every row's counts by time, and over every window."""

from collections.abc import Iterable, Mapping

import numpy as np

from services.evaluator.domain.delta import Deltas, Ints, joined, no_deltas
from services.evaluator.domain.ring import FIRST_CAPACITY, capacity_for
from services.evaluator.domain.running_sum import Head, RunningSums, Summed
from services.evaluator.domain.tiers import Tiers
from shared.domain.bucket import end_of
from shared.domain.window import Between, WindowKey

MERGE_FROM = 1_000_000  # unsaved changes are merged when there are so many


class Counters:
    """Everything that is counted of a shard's rows, and what of it is not saved yet.

    `since_load` holds good and total that were added in this process: (2, rows).
    """

    def __init__(self, at: int, windows: Iterable[WindowKey], heads: Iterable[Head] = ()) -> None:
        windows = tuple(windows)
        self.tiers = Tiers(end_of(at), windows)
        self._sums = RunningSums(self.tiers, at, windows, heads)
        self._since_load = np.zeros((2, FIRST_CAPACITY), np.int64)
        self._unsaved: list[Deltas] = []
        self._unsaved_count = 0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.tiers.rows

    @property
    def at(self) -> int:
        """The moment, in seconds, that everything is counted at."""
        return self._sums.at

    @property
    def to(self) -> int:
        """The end of the current bucket, where every window ends."""
        return self.tiers.to

    @property
    def windows(self) -> tuple[WindowKey, ...]:
        """The windows whose sums are kept: those that roll, shortest first, then the others."""
        return self._sums.windows

    @property
    def bounds(self) -> Summed:
        """From when until when (seconds) each window is summed."""
        return self._sums.bounds

    @property
    def sums(self) -> Ints:
        """Good and total by window and row: (2, windows, rows); a view, do not keep it."""
        return self._sums.sums

    @property
    def since_load(self) -> Ints:
        """Good and total of every row that were added in this process: (2, rows); a view."""
        return self._since_load[:, : self.rows]

    @property
    def unsaved(self) -> int:
        """How many changes are not saved yet."""
        return self._unsaved_count

    def ensure_rows(self, rows: int) -> None:
        """Make room for this many rows."""
        self.tiers.ensure_rows(rows)
        self._sums.ensure_rows(rows)
        capacity = self._since_load.shape[1]
        if rows > capacity:
            added = np.zeros((2, capacity_for(rows, capacity)), np.int64)
            added[:, :capacity] = self._since_load
            self._since_load = added

    def use(self, windows: Iterable[WindowKey]) -> None:
        """Keep the sums of exactly these windows, all of which are within reach."""
        self._sums.use(windows)

    def reaches(self, window: WindowKey) -> bool:
        """Tell whether the sums of a window are known, or can be formed from the tiers."""
        return self._sums.reaches(window)

    def add(self, deltas: Deltas, *, of_old: bool = False) -> None:
        """Count changes, whenever they happened; what is `of_old` was counted before the load."""
        self.tiers.add(deltas)
        self._sums.add(deltas)
        if not of_old:
            for plane, counts in zip(self._since_load, deltas.counts, strict=True):
                np.add.at(plane, deltas.row, counts)
        self._unsaved.append(deltas)
        self._unsaved_count += len(deltas)
        if self._unsaved_count > MERGE_FROM:
            self._unsaved = [joined(self._unsaved).merged()]
            self._unsaved_count = len(self._unsaved[0])

    def clear(self, rows: Ints) -> None:
        """Forget everything that these rows counted."""
        self.tiers.clear(rows)
        self._sums.clear(rows)
        self._since_load[:, rows] = 0
        unsaved = self.take_unsaved()
        self._unsaved = [unsaved.where(~np.isin(unsaved.row, rows))]
        self._unsaved_count = len(self._unsaved[0])

    def advance(self, at: int) -> None:
        """Let it be `at` (seconds): windows end with the bucket that holds it."""
        self._sums.advance(at)

    def recount(self, beyond: Mapping[WindowKey, Ints]) -> None:
        """Form the window sums anew, after the tiers were filled from what is stored.

        `beyond` holds what windows counted before the tiers begin.
        """
        self._sums.recount(beyond)

    def heads(self, rows: Mapping[Between, Ints]) -> list[Head]:
        """Return what these rows counted before the moments at which their targets changed."""
        return self._sums.heads(rows)

    def take_unsaved(self) -> Deltas:
        """Return the changes since the last call, each (row, time) once, and forget them."""
        unsaved, self._unsaved, self._unsaved_count = joined(self._unsaved), [], 0
        return unsaved.merged() if len(unsaved) else no_deltas()

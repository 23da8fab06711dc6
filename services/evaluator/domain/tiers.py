"""The counts of a shard at four resolutions, for as long as windows of each resolution reach."""

from collections.abc import Iterable, Sequence

import numpy as np

from services.evaluator.domain.delta import Deltas, Ints, joined, no_deltas
from services.evaluator.domain.ring import Cells, Ring
from shared.domain.bucket import BUCKET
from shared.domain.window import DAY, QUARTER_HOUR, TIERS, Between, Rolling, WindowKey

AHEAD = 600  # seconds after `to` that the rings have room for; what is later waits
LONGEST = 30 * DAY  # what the coarsest ring reaches back at least


class Tiers:
    """One ring per resolution, and what lies too far in the future for them.

    Every change is added to every ring that reaches its bucket, so each ring is exact over all
    that it holds. `to` is the end of the current bucket: what starts there or later never counts.
    """

    def __init__(self, to: int, windows: Iterable[WindowKey] = ()) -> None:
        self.to = to
        self._reach = {step: min(most, LONGEST) for most, step in TIERS}
        for window in (window for window in windows if isinstance(window, Rolling)):
            self._reach[window.step] = max(self._reach[window.step], window.reach)
        self.rings = {
            step: Ring(step, -(-reach // step) + AHEAD // step + 2)
            for step, reach in self._reach.items()
        }
        self._waiting = no_deltas()
        self._advance_rings()

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.rings[BUCKET].rows

    @property
    def nbytes(self) -> int:
        """The memory that the cells may take."""
        return sum(ring.nbytes for ring in self.rings.values())

    def reaches(self, window: WindowKey, at: int) -> bool:
        """Tell whether the rings go back far enough for a window."""
        if isinstance(window, Rolling):
            return window.reach <= self._reach[window.step]
        if isinstance(window, Between):
            return self.holds(window)
        return window.bounds(at)[0] >= self.rings[QUARTER_HOUR].start

    def holds(self, window: Between) -> bool:
        """Tell whether the 10-second buckets go back to the quarter hour in which it begins."""
        return (window.head or window).since >= self.rings[BUCKET].start

    def ensure_rows(self, rows: int) -> None:
        """Make room for this many rows."""
        for ring in self.rings.values():
            ring.ensure_rows(rows)

    def add(self, deltas: Deltas) -> None:
        """Add changes to every ring that reaches them; those of the far future wait."""
        later = deltas.time >= self.rings[BUCKET].end
        if later.any():
            self.wait(deltas.where(later))
            deltas = deltas.where(~later)
        for ring in self.rings.values():
            ring.add(deltas)

    def clear(self, rows: Ints) -> None:
        """Forget everything that these rows counted."""
        for ring in self.rings.values():
            ring.clear(rows)
        self._waiting = self._waiting.where(~np.isin(self._waiting.row, rows))

    def wait(self, deltas: Deltas) -> None:
        """Keep changes of the far future until the rings have room for their time."""
        self._waiting = joined([self._waiting, deltas])

    def advance(self, to: int) -> None:
        """Let `to` be the end of the current bucket."""
        self.to = to
        self._advance_rings()
        if len(self._waiting):
            waiting, self._waiting = self._waiting, no_deltas()
            self.add(waiting)

    def over(self, window: WindowKey, at: int) -> Ints:
        """Return good and total of every row over a window at the moment `at`: (2, rows).

        Whole buckets of the step that serves the window, then 10-second buckets. Of windows that
        reach further back it is what the rings hold, in whole quarter hours.
        """
        start, end = window.bounds(at)
        step = window.step if isinstance(window, Rolling) else QUARTER_HOUR
        if isinstance(window, Between) and self.holds(window):
            step = BUCKET
        turn = max(start, end // step * step)
        fine = self.rings[BUCKET].total(turn // BUCKET, end // BUCKET)
        return fine + self.rings[step].total(start // step, turn // step)

    def ahead(self, start: int, end: int) -> Ints:
        """Return good and total of every row over `[start, end)`, no earlier than `to`."""
        counts = self.rings[BUCKET].total(start // BUCKET, end // BUCKET)
        if end > self.rings[BUCKET].end and len(self._waiting):
            time = self._waiting.time
            waiting = self._waiting.where((time >= start) & (time < end))
            for plane, values in zip(counts, waiting.counts, strict=True):
                np.add.at(plane, waiting.row, values)
        return counts

    def between(self, step: int, start: int, end: int) -> Ints:
        """Return good and total of every row over `[start, end)` from the ring of `step`."""
        return self.rings[step].total(start // step, end // step)

    def buckets(self, step: int, starts: Sequence[int]) -> Cells:
        """Return good and total of every row in single buckets of `step` s: (2, buckets, rows)."""
        return self.rings[step].buckets([start // step for start in starts])

    def _advance_rings(self) -> None:
        for step, ring in self.rings.items():
            ring.advance((self.to - self._reach[step]) // step)

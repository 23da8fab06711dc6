"""What long windows counted before the rings begin: added up while a shard is loaded.

Quarter hours are stored for 400 days, and periods begin on them, so the sums are exact.
"""

from collections.abc import Iterable, Mapping

import numpy as np

from services.evaluator.domain.delta import Ints
from services.evaluator.domain.span import Closed, Span
from services.evaluator.domain.tiers import Tiers
from shared.domain.window import QUARTER_HOUR, Between, Calendar, WindowKey
from shared.segment import BLOCK


class Beyond:
    """Good and total of every row over what of the windows lies before the rings.

    `start` is the earliest moment that is asked for.
    """

    def __init__(self, tiers: Tiers, windows: Iterable[WindowKey], at: int) -> None:
        self._turn = tiers.rings[QUARTER_HOUR].start
        self._rows = tiers.rows
        self._bounds = {
            window: (start, min(end, self._turn))
            for window in windows
            if isinstance(window, Calendar) or (isinstance(window, Between) and not window.until)
            for start, end in (window.bounds(at),)
            if start < self._turn
        }
        blocks = -(-self._rows // BLOCK)
        self._sums = {one: np.zeros((2, blocks * BLOCK), np.int64) for one in self._bounds}
        self.start = min((start for start, _ in self._bounds.values()), default=self._turn)

    def add(self, span: Span, closed: Closed) -> None:
        """Add a stored span, unless a coarser one holds the same."""
        if span.start >= closed.coarser_before(span.tier):
            first = span.block * BLOCK
            for window, (start, end) in self._bounds.items():
                quarter = start // QUARTER_HOUR * QUARTER_HOUR
                low = max(0, (quarter - span.start) // span.tier)
                high = max(low, (end - span.start) // span.tier)
                inside = span.counts[:, low:high].sum(axis=1, dtype=np.int64)
                self._sums[window][:, first : first + BLOCK] += inside

    def sums(self) -> Mapping[WindowKey, Ints]:
        """Return good and total of every row, by window: (2, rows)."""
        return {window: sums[:, : self._rows] for window, sums in self._sums.items()}

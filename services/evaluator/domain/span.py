"""What is stored of the counters: spans of 256 rows, and which tier holds which time.

10-second buckets from `Closed.tens` on are stored in 10-second spans only. Minutes before it are
(also) in minute spans, quarter hours before `Closed.minutes` in quarter-hour spans. Finer spans
stay until they are thinned out; a late event changes every stored span that holds its time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.delta import Deltas, Ints
from shared.domain.bucket import BUCKET
from shared.domain.window import HOUR, MINUTE
from shared.segment import BLOCK, KEPT, SPANS

QUARTER = 15 * MINUTE
CLOSE_AFTER = 600  # seconds after its end that a 10-second span is closed
EVER = 2**40  # seconds: later than any span
STORED = (BUCKET, MINUTE, QUARTER)


@dataclass(frozen=True, slots=True)
class Span:
    """Good and total, (2, buckets, 256), of one block from `start` on in buckets of `tier` s."""

    tier: int
    start: int
    block: int
    counts: NDArray[np.signedinteger[Any]]

    @property
    def name(self) -> tuple[int, int, int]:
        """What it is stored under: tier, start and block."""
        return self.tier, self.start, self.block

    def deltas(self) -> Deltas:
        """Return the cells that are not zero."""
        bucket, column = np.nonzero(self.counts.any(axis=0))
        return Deltas(
            self.block * BLOCK + column,
            self.start + bucket * self.tier,
            self.counts[:, bucket, column].astype(np.int64),
        )

    def without(self, rows: Ints) -> "Span":
        """Return the span without the counts of these rows: itself when it holds none."""
        columns = rows[rows // BLOCK == self.block] % BLOCK
        if not self.counts[:, :, columns].any():
            return self
        counts = self.counts.copy()
        counts[:, :, columns] = 0
        return Span(self.tier, self.start, self.block, counts)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Stored spans of a tier that start in `[start, end)`, of some blocks or of all."""

    tier: int
    start: int
    end: int
    blocks: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """Until when (seconds) 10-second buckets and minutes are stored coarser as well."""

    tens: int = 0
    minutes: int = 0

    def before(self, tier: int) -> float:
        """Return until when the spans of a tier hold what was counted."""
        return {BUCKET: np.inf, MINUTE: self.tens, QUARTER: self.minutes}[tier]

    def coarser_before(self, tier: int) -> int:
        """Return until when the spans of a tier repeat what coarser ones hold."""
        return {BUCKET: self.tens, MINUTE: self.minutes, QUARTER: 0}[tier]

    def advanced(self, to: int) -> "Closed":
        """Return what can be closed when it is `to`."""
        tens = max(self.tens, floor(to - CLOSE_AFTER, SPANS[BUCKET]))
        return Closed(tens, max(self.minutes, floor(tens, HOUR)))


def kept_from(tier: int, to: int) -> int:
    """Return the start of the oldest span of a tier that is kept when it is `to`."""
    return floor(to - KEPT[tier], SPANS[tier])


def floor(time: int, step: int) -> int:
    """Return the time rounded down to a multiple of `step`."""
    return time // step * step

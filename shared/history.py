"""What was counted in the past, out of stored spans.

10-second buckets are kept for 2 h, minutes for 10 d, quarter hours for 400 d. A timeline runs over
all three, each time at the finest resolution that is stored, and every interval begins and ends
on a stored bucket: its bounds are returned exactly, and its counts are exact between them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.domain.bucket import BUCKET
from shared.domain.window import DAY, HOUR, MINUTE, Between, WindowKey
from shared.rows import Names, decode_names
from shared.segment import BLOCK, KEPT, SPANS, decode_span
from shared.sql.shard_rows import Segment

QUARTER = 15 * MINUTE
FEWEST = 5  # a window of fewer stored buckets says nothing
THINNED_SOON = {BUCKET: QUARTER, MINUTE: HOUR, QUARTER: DAY}  # grid, and margin, of what is kept

Ints = NDArray[np.int64]


class SegmentStore(Protocol):
    """Where the evaluators keep what they counted."""

    async def closed(self, number: int) -> tuple[int, int]:
        """Return until when the 10 s and the 1 min buckets of a shard are closed, in seconds."""

    async def names(self, number: int) -> bytes | None:
        """Return which row each series has, as bytes."""

    async def segments(
        self,
        number: int,
        tier: int,
        start_from: int,
        start_to: int,
        blocks: Sequence[int] | None = None,
    ) -> list[Segment]:
        """Return the segments of a tier that start in a range, of some blocks or of all."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What one series counted in `[start, end)`, in seconds."""

    start: int
    end: int
    good: int
    total: int


class Timeline:
    """The counts of some series between stored moments.

    `edges` are the moments, n + 1 of them; `sums` the counts before each: (2, n + 1, series).
    """

    def __init__(self, series: Sequence[int], edges: Ints, sums: Ints) -> None:
        self._column = {one: column for column, one in enumerate(series)}
        self._edges = edges
        self._sums = sums

    def window(
        self, series: int, at: int, window: WindowKey, until: int | None = None
    ) -> Interval | None:
        """Return what a series counted over a window at a moment.

        With `until` only what begins before: the slices that had ended. None when fewer than 5
        buckets of the window are stored.
        """
        last = self._at_or_after(window.bounds(at)[1])
        first = self._at_or_before(window.start(at, int(self._edges[last])))
        if first > last or (last - first < FEWEST and not isinstance(window, Between)):
            return None
        if until is not None:
            last = max(first, min(last, self._at_or_after(until)))
        return self._between(series, first, last)

    def exactly(self, series: int, start: int, end: int) -> Interval | None:
        """Return what a series counted in `[start, end)`; None unless all of that is stored.

        Quarter hours of the last 400 days are.
        """
        first, last = self._at_or_after(start), self._at_or_before(end)
        if self._edges[first] != start or self._edges[last] != end:
            return None
        return self._between(series, first, last)

    def steps(self, series: int, start: int, end: int, step: int) -> Iterator[Interval]:
        """Yield what a series counted in each step; a step that is too short to see is left out.

        Every bound is the first stored moment at or after it, so steps touch and never overlap.
        """
        last = self._at_or_after(start)
        for moment in range(start + step, end + step, step):
            first, last = last, self._at_or_after(min(moment, end))
            if first < last:
                yield self._between(series, first, last)

    def between(self, series: int, start: int, end: int) -> Interval | None:
        """Return what a series counted in `[start, end)`, or as much of it as is stored.

        None when nothing of it is; both ends are the first stored moment at or after them.
        """
        first, last = self._at_or_after(start), self._at_or_after(end)
        return self._between(series, first, last) if first < last else None

    def _between(self, series: int, first: int, last: int) -> Interval:
        column = self._column[series]
        good, total = (self._sums[:, last, column] - self._sums[:, first, column]).tolist()
        return Interval(int(self._edges[first]), int(self._edges[last]), good, total)

    def _at_or_after(self, time: int) -> int:
        return min(int(np.searchsorted(self._edges, time)), len(self._edges) - 1)

    def _at_or_before(self, time: int) -> int:
        return max(int(np.searchsorted(self._edges, time, side="right")) - 1, 0)


async def timeline(
    store: SegmentStore, shard: int, series: Sequence[int], start: int, end: int, now: int
) -> Timeline:
    """Return the counts of these series from `start` (for windows: where the longest begins) on.

    A series that was never counted has counted nothing.
    """
    closed = await store.closed(shard)
    stored = await store.names(shard)
    names = decode_names(stored) if stored else Names(np.empty(0, np.uint64))
    rows = [names.row_of(one) for one in series]
    blocks = sorted({row // BLOCK for row in rows if row is not None})
    edges: list[Ints] = []
    counts: list[Ints] = [np.zeros((2, 1, len(series)), np.int64)]
    finish = end
    for part in _parts(*(closed if stored else (now, now)), start, end, now):
        cells = np.zeros((2, (part.end - part.start) // part.tier, len(series)), np.int64)
        first = part.start // SPANS[part.tier] * SPANS[part.tier]
        if blocks:
            for segment in await store.segments(shard, part.tier, first, part.end, blocks):
                _add(cells, part.start, segment, rows)
        edges.append(np.arange(part.start, part.end, part.tier, dtype=np.int64))
        counts.append(cells)
        finish = part.end
    edges.append(np.array([finish], np.int64))
    sums = np.cumsum(np.concatenate(counts, axis=1), axis=1)
    return Timeline(series, np.concatenate(edges), sums)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of time, and the tier that is read for it."""

    tier: int
    start: int
    end: int


def _parts(tens: int, minutes: int, start: int, end: int, now: int) -> Iterator[_Part]:
    """Yield the finest stored tier for each time; what may be thinned out at any moment is not."""
    kept = {tier: _up(now - KEPT[tier] + grid, grid) for tier, grid in THINNED_SOON.items()}
    fine = min(kept[BUCKET], _down(tens, SPANS[BUCKET]))
    coarse = min(kept[MINUTE], _down(minutes, SPANS[MINUTE]), fine)
    low = max(_down(start, HOUR), kept[QUARTER])
    for tier, first, last in ((QUARTER, low, coarse), (MINUTE, coarse, fine), (BUCKET, fine, None)):
        until = _up(end, tier)
        part = _Part(tier, max(first, low), until if last is None else min(last, until))
        if part.start < part.end:
            yield part


def _add(cells: Ints, start: int, segment: Segment, rows: Sequence[int | None]) -> None:
    """Add a segment's counts of these rows to cells that begin at `start`."""
    planes = decode_span(segment.data)
    moments = segment.start + segment.tier * np.arange(planes.shape[1])
    bucket = (moments - start) // segment.tier
    inside = (bucket >= 0) & (bucket < cells.shape[1])
    for column, row in enumerate(rows):
        if row is not None and row // BLOCK == segment.block:
            cells[:, bucket[inside], column] += planes[:, inside, row % BLOCK]


def _down(time: int, grid: int) -> int:
    return time // grid * grid


def _up(time: int, grid: int) -> int:
    return -(-time // grid) * grid

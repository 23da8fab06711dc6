"""Folding the counts log: which message changes the counters, and by how much.

`Fold` is the state of one counts partition besides the counters themselves; both are stored
together. The rules are those of the counting protocol (docs/adr/0001): messages may be repeated,
overtaken or come from a zombie, and the counters still end up exact.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.watermark import Claims
from shared.domain.series import shard_of
from shared.wire import Cells, Counts, Source


@dataclass(frozen=True, slots=True)
class Applied:
    """The last accepted message of a source: records of `[first, e)` are counted as `cells`."""

    first: int
    e: int
    cells: Cells
    revision: int


@dataclass(slots=True)
class Fold:
    """What was applied of each source, and what was lost on the way.

    `lost` and `ambiguous` are by topic. A loss shows on every shard, so `lost` holds only those
    of the sources that this shard reports for all; `missed` holds what this shard itself missed.
    `ambiguous` counts messages that contradict what was applied before: they are dropped.
    """

    shard: int
    shards: int
    applied: dict[Source, Applied] = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)
    lost: dict[str, int] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)
    ambiguous: dict[str, int] = field(default_factory=dict)

    def apply(self, message: Counts, heard_at_ms: int) -> Cells | None:
        """Return what to add to the counters, or None when the message is dropped.

        The difference may hold negative numbers, and no cells at all. `heard_at_ms` is the
        timestamp of the counts record: a moment in the log, so that a replay gives the same.
        """
        self.claims.hear(message, heard_at_ms)
        difference = self._difference(message)
        if difference is not None:
            self.claims.accepted(message, heard_at_ms)
            self.applied[message.source] = Applied(
                message.first, message.e, message.cells, message.revision
            )
        return difference

    def watermark(self, topic: str) -> int:
        """Return until when (ms) a topic is complete; NEVER while a partition is unheard of."""
        return self.claims.watermark(topic)

    def reported(self, topic: str) -> int:
        """Return the definitions revision that every partition of a topic has reported."""
        return self.claims.reported(topic)

    def counted_since(self, topic: str, revision: int) -> int | None:
        """Return from when on (ms) a topic is counted by a revision; None: not yet."""
        return self.claims.counted_since(topic, revision)

    def _difference(self, message: Counts) -> Cells | None:
        applied = self.applied.get(message.source)
        if applied is None:
            return message.cells
        if message.e <= applied.e:
            return None
        if message.first == applied.first:
            return difference(message.cells, applied.cells)
        if message.first >= applied.e:
            self._lose(message, max(0, message.s - applied.e))
            return message.cells
        self.ambiguous[message.topic] = self.ambiguous.get(message.topic, 0) + 1
        return None

    def _lose(self, message: Counts, offsets: int) -> None:
        if not offsets:
            return
        self.missed[message.topic] = self.missed.get(message.topic, 0) + offsets
        if shard_of(str(message.source), self.shards) == self.shard:
            self.lost[message.topic] = self.lost.get(message.topic, 0) + offsets


def difference(after: Cells, before: Cells) -> Cells:
    """Return after - before, cell by cell, without the cells that did not change."""
    if not len(before):
        return after
    if _same(after.series, before.series) and _same(after.bucket, before.bucket):
        good, total = after.good - before.good, after.total - before.total
        return _changed(after.series, after.bucket, good, total)
    series = np.concatenate((after.series, before.series))
    bucket = np.concatenate((after.bucket, before.bucket))
    order = np.lexsort((bucket, series))
    series, bucket = series[order], bucket[order]
    starts = np.flatnonzero(
        np.concatenate(([True], (series[1:] != series[:-1]) | (bucket[1:] != bucket[:-1])))
    )
    good = np.add.reduceat(np.concatenate((after.good, -before.good))[order], starts)
    total = np.add.reduceat(np.concatenate((after.total, -before.total))[order], starts)
    return _changed(series[starts], bucket[starts], good, total)


def _same(one: NDArray[Any], other: NDArray[Any]) -> bool:
    return len(one) == len(other) and bool((one == other).all())


def _changed(
    series: NDArray[np.uint64],
    bucket: NDArray[np.int64],
    good: NDArray[np.int64],
    total: NDArray[np.int64],
) -> Cells:
    kept = (good | total).nonzero()[0]
    if len(kept) == len(series):
        return Cells(series, bucket, good, total)
    return Cells(series[kept], bucket[kept], good[kept], total[kept])

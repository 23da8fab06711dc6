"""Adds events up by what they feed and when, and turns the sums into counts per series."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_BUCKET_BITS = 33  # buckets of 10 s up to far beyond any year that is accepted


@dataclass(frozen=True, slots=True)
class Feed:
    """One series that an event counts for; `weighing` says which weight of the event."""

    series: int
    good: bool
    weighing: int = 0


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts per (series, bucket) as parallel arrays; the same pair may occur more than once."""

    series: Ints
    bucket: Ints
    good: Ints
    total: Ints


class Tally:
    """The events of a chunk, added up per (kind of event, bucket).

    A kind is a set of series that its events feed. Only `sums` looks at the series, so that an
    event costs the same however many it feeds.
    """

    def __init__(self) -> None:
        self._starts = array("q", [0])
        self._series = array("i")
        self._good = array("b")
        self._weighing = array("b")
        self._table: tuple[Ints, Ints, Ints, Ints] | None = None
        self._keys: list[Ints] = []
        self._weights: list[Ints] = []
        self._settled = True

    def define(self, feeds: Sequence[Feed]) -> int:
        """Return the number of a new kind of event."""
        self._series.extend(feed.series for feed in feeds)
        self._good.extend(feed.good for feed in feeds)
        self._weighing.extend(feed.weighing for feed in feeds)
        self._starts.append(len(self._series))
        self._table = None
        return len(self._starts) - 2

    @property
    def size(self) -> int:
        """How much is remembered of kinds."""
        return len(self._starts) + len(self._series)

    def clear(self) -> None:
        """Forget the events, but not the kinds."""
        self._keys, self._weights = [], []
        self._settled = True

    def add(self, kinds: Ints, buckets: Ints, weights: Ints) -> None:
        """Count events; `weights` has a row for each weighing."""
        self._keys.append(kinds << _BUCKET_BITS | buckets)
        self._weights.append(weights)
        self._settled = False

    def sums(self) -> Sums:
        """Return the counts of all events since `clear`."""
        if not self._keys:
            none = np.empty(0, np.int64)
            return Sums(none, none, none, none)
        self._settle()
        keys, weights = self._keys[0], self._weights[0]
        kinds, buckets = keys >> _BUCKET_BITS, keys & ((1 << _BUCKET_BITS) - 1)
        starts, series, good, weighing = self._columns()
        lengths = starts[kinds + 1] - starts[kinds]
        rows = np.repeat(np.arange(len(keys)), lengths)
        before = np.cumsum(lengths) - lengths
        feeds = np.arange(len(rows)) - before[rows] + starts[kinds][rows]
        total = weights[weighing[feeds], rows]
        return Sums(series[feeds], buckets[rows], total * good[feeds], total)

    def _settle(self) -> None:
        """Add up what was counted since the last time, so that it is done once."""
        if not self._settled:
            keys, rows = np.unique(np.concatenate(self._keys), return_inverse=True)
            weights = np.concatenate(self._weights, axis=1)
            sums = [np.bincount(rows, row, len(keys)).astype(np.int64) for row in weights]
            self._keys, self._weights = [keys], [np.array(sums)]
            self._settled = True

    def _columns(self) -> tuple[Ints, Ints, Ints, Ints]:
        if self._table is None:
            columns = (self._starts, self._series, self._good, self._weighing)
            starts, series, good, weighing = (np.array(column, np.int64) for column in columns)
            self._table = starts, series, good, weighing
        return self._table

"""Adds events up by what they feed and when, and turns the sums into counts per series."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

_AT_ONCE = 1_000_000  # counts that are spread over series in one go
_DENSE = 20_000  # places of an array that are cheaper to pass over than to sort


class Feed(NamedTuple):
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
        self._pending: list[tuple[Ints, Ints, Ints | None]] = []
        self._settled: tuple[Ints, Ints, Ints] | None = None

    def define(self, feeds: Sequence[Feed]) -> int:
        """Return the number of a new kind of event."""
        for series, good, weighing in feeds:
            self._series.append(series)
            self._good.append(good)
            self._weighing.append(weighing)
        self._starts.append(len(self._series))
        self._table = None
        return len(self._starts) - 2

    @property
    def size(self) -> int:
        """How much is remembered of kinds."""
        return len(self._starts) + len(self._series)

    def clear(self) -> None:
        """Forget the events, but not the kinds."""
        self._pending = []
        self._settled = None

    def add(self, kinds: Ints, buckets: Ints, weights: Ints | None) -> None:
        """Count events; `weights` has a row for each weighing, None when all weigh 1."""
        self._pending.append((kinds, buckets, weights))

    def sums(self) -> Sums:
        """Return the counts of all events since `clear`."""
        self._settle()
        if self._settled is None:
            none = np.empty(0, np.int64)
            return Sums(none, none, none, none)
        kinds = self._settled[0]
        starts = self._columns()[0]
        lengths = starts[kinds + 1] - starts[kinds]
        if lengths.sum() <= _AT_ONCE:
            return self._expand(slice(None), lengths)
        ends = np.searchsorted(np.cumsum(lengths), np.arange(_AT_ONCE, lengths.sum(), _AT_ONCE))
        parts = [
            _merged(self._expand(slice(start, end), lengths[start:end]))
            for start, end in pairwise([0, *(ends + 1).tolist(), len(kinds)])
        ]
        return Sums(
            np.concatenate([part.series for part in parts]),
            np.concatenate([part.bucket for part in parts]),
            np.concatenate([part.good for part in parts]),
            np.concatenate([part.total for part in parts]),
        )

    def _expand(self, some: slice, lengths: Ints) -> Sums:
        """Return the counts of some of the settled pairs, which feed so many series each."""
        assert self._settled is not None
        kinds, buckets, weights = (column[..., some] for column in self._settled)
        starts, series, good, weighing = self._columns()
        rows = np.repeat(np.arange(len(kinds)), lengths)
        before = np.cumsum(lengths) - lengths
        feeds = np.arange(len(rows)) + (starts[kinds] - before)[rows]
        total = weights[weighing[feeds] if len(weights) > 1 else 0, rows]
        return Sums(series[feeds], buckets[rows], total * good[feeds], total)

    def _settle(self) -> None:
        """Add up what was counted since the last time, so that it is done once."""
        if not self._pending:
            return
        parts = self._pending if self._settled is None else [self._settled, *self._pending]
        kinds, buckets = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
        weights: list[Ints | None] = [None]
        if any(part[2] is not None for part in parts):
            weights = list(np.concatenate([_weights(part) for part in parts], axis=1))
        kinds, buckets, sums = add_up(kinds, buckets, weights)
        self._settled, self._pending = (kinds, buckets, np.array(sums)), []

    def _columns(self) -> tuple[Ints, Ints, Ints, Ints]:
        if self._table is None:
            columns = (self._starts, self._series, self._good, self._weighing)
            starts, series, good, weighing = (np.array(column, np.int64) for column in columns)
            self._table = starts, series, good, weighing
        return self._table


def add_up(
    major: Ints, minor: Ints, columns: Sequence[Ints | None]
) -> tuple[Ints, Ints, list[Ints]]:
    """Return the different (major, minor) pairs, sorted, and the sum of each column per pair.

    A column None adds 1 for each. Numbers are small enough for a float to hold their sum exactly.
    """
    low = int(minor.min())
    span = int(minor.max()) - low + 1
    keys = major * span + (minor - low)
    if (int(major.max()) + 1) * span <= _DENSE + 4 * len(keys):
        counts = np.bincount(keys)
        present = np.flatnonzero(counts)
        sums = [counts if c is None else np.bincount(keys, c) for c in columns]
        sums = [column[present].astype(np.int64) for column in sums]
    else:
        present, rows = np.unique(keys, return_inverse=True)
        sums = [np.bincount(rows, column).astype(np.int64) for column in columns]
    return present // span, present % span + low, sums


def _merged(sums: Sums) -> Sums:
    if not len(sums.series):
        return sums
    series, bucket, (good, total) = add_up(sums.series, sums.bucket, [sums.good, sums.total])
    return Sums(series, bucket, good, total)


def _weights(part: tuple[Ints, Ints, Ints | None]) -> Ints:
    return np.ones((1, len(part[0])), np.int64) if part[2] is None else part[2]

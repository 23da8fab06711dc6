"""What is counted of a topic, in the order in which the simulated clock learns of it."""

from collections import Counter as Multiset
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.group import GROUPS
from shared.domain.window import DAY
from shared.wire import NEVER, Cells, Counts, GroupName, Source

STRETCH = DAY // 2  # seconds that a message may be about: nothing in it is late

Ints = NDArray[np.int64]
Series = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Cells as parallel arrays, in the order of `known`: from which second on each is known.

    `names` are the groups among the series. `cuts` are the seconds, in order, with which a message
    ends: what becomes known later is another one.
    """

    known: Ints
    cells: Cells
    names: Mapping[int, GroupName]
    cuts: Ints

    def known_by(self, at: int) -> int:
        """Return how many cells are known at a second."""
        return int(np.searchsorted(self.known, at, side="right"))

    def messages(self, topic: str, number: int, start: int, end: int, at: int) -> Iterator[Counts]:
        """Yield the counts messages by which some cells are known at `at` (seconds).

        `number` is that of the first. Each is a chunk of its own, and complete: nothing earlier is
        still to come.
        """
        for second in self._seconds(start, end, at):
            until = self.known_by(second)
            yield self._message(topic, number, slice(start, until), second)
            start, number = until, number + 1

    def _seconds(self, start: int, end: int, at: int) -> Iterator[int]:
        """Yield the seconds with which messages about these cells end, the last one at `at`."""
        after = int(self.known[start - 1]) if start else NEVER
        first = np.searchsorted(self.cuts, after, side="right")
        yield from self.cuts[first : np.searchsorted(self.cuts, at)].tolist()
        if start < end and self.known[end - 1] < at - STRETCH:
            yield int(self.known[end - 1])
        yield at

    def _message(self, topic: str, number: int, part: slice, at: int) -> Counts:
        cells = Cells(
            self.cells.series[part],
            self.cells.bucket[part],
            self.cells.good[part],
            self.cells.total[part],
        )
        return Counts(
            topic=topic,
            source=Source(topic, 0),
            s=number,
            first=number,
            e=number + 1,
            revision=1,
            complete_until=at * 1000,
            partitions=1,
            cells=cells,
            groups=self._names_in(cells),
        )

    def _names_in(self, cells: Cells) -> tuple[GroupName, ...]:
        if not self.names:
            return ()
        present = np.unique(cells.series).tolist()
        return tuple(self.names[one] for one in present if one in self.names)


def arrivals(known: Sequence[Ints], parts: Sequence[Cells], names: Iterable[GroupName]) -> Arrivals:
    """Return these cells in order, each (second of being known, series, bucket) once."""
    second = np.concatenate([np.empty(0, np.int64), *known])
    series = np.concatenate([np.empty(0, np.uint64), *(part.series for part in parts)])
    bucket, good, total = (
        np.concatenate([np.empty(0, np.int64), *(getattr(part, name) for part in parts)])
        for name in ("bucket", "good", "total")
    )
    order = np.lexsort((bucket, series, second))
    second, series, bucket = second[order], series[order], bucket[order]
    new = np.ones(len(second), np.bool_)
    new[1:] = (
        (second[1:] != second[:-1]) | (series[1:] != series[:-1]) | (bucket[1:] != bucket[:-1])
    )
    starts = np.flatnonzero(new)
    if len(starts):
        good, total = (np.add.reduceat(column[order], starts) for column in (good, total))
    cells = Cells(series[starts], bucket[starts], good, total)
    groups = {name.series: name for name in names}
    return Arrivals(second[starts], cells, groups, _cuts(second[starts], cells.series, groups))


def _cuts(known: Ints, series: Series, groups: Mapping[int, GroupName]) -> Ints:
    """Return with which seconds messages end.

    Groups are given places in the order in which they are first seen, and where there are too many
    of them each second counts.
    """
    sizes = Multiset((name.slo, name.indicator) for name in groups.values())
    if max(sizes.values(), default=0) > GROUPS:
        return np.unique(known)
    _, first = np.unique(series, return_index=True)
    seen = first[np.isin(series[first], np.array(list(groups), np.uint64))]
    ends = np.flatnonzero(np.diff(known // STRETCH))
    return np.unique(np.concatenate((known[seen] - 1, known[seen], known[ends])))

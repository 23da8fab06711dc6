"""What is counted of a topic, in the order in which the simulated clock learns of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.window import BUCKET, DAY
from shared.wire import Cells, Counts, GroupName, Source

STAGE = DAY // 2  # seconds that are learnt of together at most

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Cells as parallel arrays, by the number of the tick that is the first to know of them.

    `names` are the groups among the series.
    """

    tick: Ints
    cells: Cells
    names: Mapping[int, GroupName]

    def by_tick(self, ticks: int) -> Ints:
        """Return where the cells of each tick begin, and at last where they end."""
        return np.searchsorted(self.tick, np.arange(ticks + 1))

    def messages(self, topic: str, number: int, start: int, end: int, at: int) -> Iterator[Counts]:
        """Yield the counts messages by which a tick at `at` (seconds) learns of cells.

        `number` is that of the first message. Each is a chunk of its own, and complete: nothing
        earlier is still to come. What a long wait brought comes in the order of its days: it was
        not late when it happened.
        """
        stages = np.minimum(self.cells.bucket[start:end] * BUCKET // STAGE, at // STAGE)
        for stage in np.unique(np.append(stages, at // STAGE)).tolist():
            chosen = start + np.flatnonzero(stages == stage)
            cells = Cells(
                self.cells.series[chosen],
                self.cells.bucket[chosen],
                self.cells.good[chosen],
                self.cells.total[chosen],
            )
            yield self._message(topic, number, cells, min((stage + 1) * STAGE, at))
            number += 1

    def _message(self, topic: str, number: int, cells: Cells, at: int) -> Counts:
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


def arrivals(ticks: Sequence[Ints], parts: Sequence[Cells], names: Iterable[GroupName]) -> Arrivals:
    """Return these cells, each with its tick, in order and each (tick, series, bucket) once."""
    tick = np.concatenate([np.empty(0, np.int64), *ticks])
    series = np.concatenate([np.empty(0, np.uint64), *(part.series for part in parts)])
    bucket, good, total = (
        np.concatenate([np.empty(0, np.int64), *(getattr(part, name) for part in parts)])
        for name in ("bucket", "good", "total")
    )
    order = np.lexsort((bucket, series, tick))
    tick, series, bucket = tick[order], series[order], bucket[order]
    new = np.ones(len(tick), np.bool_)
    new[1:] = (tick[1:] != tick[:-1]) | (series[1:] != series[:-1]) | (bucket[1:] != bucket[:-1])
    starts = np.flatnonzero(new)
    if len(starts):
        good, total = (np.add.reduceat(column[order], starts) for column in (good, total))
    cells = Cells(series[starts], bucket[starts], good, total)
    return Arrivals(tick[starts], cells, {name.series: name for name in names})

"""How what happened reaches an evaluator: in messages of the counts log, cut this way or that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from leeway.trial.arrival import arrivals
from leeway.trial.ticks import Ticks
from leeway.trial.topic import Topic, TopicCount, topics_of
from services.api.catalogue import Definitions
from shared.domain.bucket import BUCKET
from shared.domain.window import DAY
from shared.wire import Cells, Counts, GroupName, Source
from tests.oracle.case import Way

UNHEARD = -1
STAGE = DAY // 2
"""The seconds that are learnt of together at most: what a long tick brings was not late."""


@dataclass
class Partitions:
    """The partitions of all topics, whose events are counted by the definitions of the moment.

    Each topic has all events, as in `leeway try` where no data source is named.

    Where halves are sent, each message follows one with half of its cells: they are cumulative.
    """

    way: Way
    _offsets: dict[Source, int] = field(default_factory=dict)
    _complete: dict[Source, int] = field(default_factory=dict)

    def messages(self, definitions: Definitions, lines: Sequence[bytes], at: int) -> list[Counts]:
        """Return what a second learns of new events: in the order of the log, complete at last."""
        found: list[Counts] = []
        for topic in topics_of(definitions.catalogue):
            for partition in range(self.way.partitions):
                source = Source(topic.name, partition)
                some = lines[partition :: self.way.partitions]
                found += self._messages(definitions, topic, source, some, at)
        return sorted(found, key=lambda one: one.complete_until)

    def _messages(
        self,
        definitions: Definitions,
        topic: Topic,
        source: Source,
        lines: Sequence[bytes],
        at: int,
    ) -> Iterator[Counts]:
        known = TopicCount(topic, Ticks(0, 1, 0))
        known.count(lines)
        part = known.arrivals()
        heard = np.full(len(part.cells), at, np.int64)
        if source in self._offsets:  # nothing is counted before the first tick
            heard = np.minimum((part.cells.bucket * BUCKET // STAGE + 1) * STAGE, at)
        one = arrivals([heard], [part.cells], part.names.values())
        for whole in one.messages(topic.name, 0, 0, len(one.cells), at):
            told = replace(
                whole,
                source=source,
                revision=definitions.stored.revision,
                partitions=self.way.partitions,
            )
            yield from self._sent(told)

    def _sent(self, told: Counts) -> Iterator[Counts]:
        first = e = self._offsets.get(told.source, 0)
        if self.way.halves:
            e += 1
            half = _first_half(told.cells)
            yield replace(
                told,
                s=first,
                first=first,
                e=e,
                complete_until=self._complete.get(told.source, UNHEARD),
                cells=half,
                groups=_named(told.groups, half),
            )
        yield replace(told, s=first, first=first, e=e + 1)
        self._offsets[told.source] = e + 1
        self._complete[told.source] = told.complete_until


def _first_half(cells: Cells) -> Cells:
    some = slice(0, len(cells) // 2)
    return Cells(cells.series[some], cells.bucket[some], cells.good[some], cells.total[some])


def _named(names: Sequence[GroupName], cells: Cells) -> tuple[GroupName, ...]:
    present = set(cells.series.tolist())
    return tuple(name for name in names if name.series in present)

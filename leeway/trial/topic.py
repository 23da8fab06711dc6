"""One topic of a trial: events counted as ingest counts them, a record's time being its event's."""

from collections import Counter as Multiset
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leeway.trial.arrival import Arrivals, Ints, arrivals
from leeway.trial.ticks import Slots, Ticks
from services.ingest.domain.counting import Counter
from services.ingest.domain.record import Rejected
from services.ingest.settings import IngestSettings
from shared.domain.slo import SLO, Catalogue, DataSource
from shared.events import EventReader
from shared.wire import Cells, GroupName

_FIELDS = IngestSettings.model_fields
_TOO_LATE_S = int(_FIELDS["too_late_seconds"].default)
_FUTURE_S = int(_FIELDS["future_seconds"].default)

_NO_TIME = -1  # the timestamp of a record that has none


@dataclass(frozen=True, slots=True)
class Record:
    """One line as if it had come from Kafka; `timestamp` is its event's time in ms."""

    offset: int
    timestamp: int
    value: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, the data sources that name it, and the SLOs that read it."""

    name: str
    sources: tuple[DataSource, ...]
    slos: tuple[SLO, ...]

    @property
    def is_grouped(self) -> bool:
        """Whether some SLO counts groups of its events apart."""
        return any(one.group_by for slo in self.slos for one in slo.indicators())

    def times(self, values: Sequence[bytes]) -> Ints:
        """Return the time of each event in ms, `_NO_TIME` where it is none."""
        reader = EventReader(self.sources[0], too_late_s=_TOO_LATE_S, future_s=_FUTURE_S)
        events = reader.read(values, np.full(len(values), _NO_TIME, np.int64))
        times = np.full(len(values), _NO_TIME, np.int64)
        times[slice(None) if events.rows is None else events.rows] = events.times
        return times


def topics_of(catalogue: Catalogue) -> tuple[Topic, ...]:
    """Return every topic that some SLO reads."""
    sources = catalogue.sources()
    return tuple(
        Topic(
            name,
            tuple(source for source in sources if source.topic == name),
            tuple(
                slo
                for slo in catalogue.slos
                if any(indicator.source.topic == name for indicator in slo.indicators())
            ),
        )
        for name in sorted({source.topic for source in sources})
    )


class TopicCount:
    """Counts the events of one topic, batch by batch in the order of the log.

    `beyond` is how many events lie where not even the last tick looks.
    """

    def __init__(self, topic: Topic, ticks: Ticks) -> None:
        self.topic = topic
        self.beyond = 0
        self._ticks = ticks
        self._slots = slots = Slots(ticks, in_order=topic.is_grouped)
        self._counter = Counter(
            topic.name,
            topic.slos,
            shards=1,
            too_late_s=_TOO_LATE_S,
            future_s=_FUTURE_S,
            buckets=slots.of,
        )
        self._offset = 0
        self._known: list[Ints] = []
        self._cells: list[Cells] = []
        self._names: dict[int, GroupName] = {}

    @property
    def results(self) -> Multiset[str]:
        """How many records were counted, duplicate or rejected."""
        return self._counter.results

    @property
    def not_numeric(self) -> Mapping[tuple[str, str], int]:
        """How many events each (SLO, indicator) could not compare."""
        return self._counter.not_numeric

    def count(self, values: Sequence[bytes]) -> list[tuple[int, Rejected]]:
        """Count the next events; return those that are rejected, by their place among these."""
        start = self._offset
        self._offset += len(values)
        times = self.topic.times(values)
        self.beyond += int(np.count_nonzero(times >= self._ticks.end))
        records = [
            Record(offset, time, value)
            for offset, (value, time) in enumerate(zip(values, times.tolist(), strict=True), start)
        ]
        self._counter.start_chunk()
        rejected = self._counter.count(records)
        ((cells, names),) = self._counter.cells()
        buckets, known = self._slots.split(cells.bucket)
        self._known.append(known)
        self._cells.append(Cells(cells.series, buckets, cells.good, cells.total))
        self._names |= {name.series: name for name in names}
        return [(one.record.offset - start, one) for one in rejected]

    def arrivals(self) -> Arrivals:
        """Return everything that was counted."""
        return arrivals(self._known, self._cells, self._names.values())

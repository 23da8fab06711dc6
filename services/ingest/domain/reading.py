"""Reads a topic in the way of one data source: from records to counts of the current chunk."""

from collections import Counter as Multiset
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from services.ingest.domain.classcount import ClassCounts
from services.ingest.domain.duplicate import DuplicateFilter
from services.ingest.domain.matching import Counted
from services.ingest.domain.serieslist import SeriesList
from services.ingest.domain.tally import Sums
from shared.domain.predicate import Path, atoms
from shared.domain.slo import DataSource
from shared.eventjson import Column
from shared.events import EventReader, Events
from shared.eventweight import read_weights

BUCKET_MS = 10_000
MOST_REMEMBERED = 3_000_000  # classes and what they feed; with more, a new chunk starts afresh

Ints = NDArray[np.int64]
Columns = Callable[[Path], Column]
Buckets = Callable[[Ints], Ints]


def buckets_of(times: Ints) -> Ints:
    """Return the number of the 10-second bucket of each of these times (ms)."""
    return times // BUCKET_MS


class Reading:
    """What the indicators of one data source count, with a duplicate filter of its own.

    `not_numeric` counts the events that a threshold indicator could not compare, for ever.
    """

    def __init__(
        self,
        source: DataSource,
        indicators: Sequence[Counted],
        weight_fields: Sequence[Path],
        series: SeriesList,
        *,
        too_late_s: int,
        future_s: int,
        buckets: Buckets = buckets_of,
    ) -> None:
        self.not_numeric: Multiset[tuple[str, str]] = Multiset()
        fields = [*weight_fields, *_fields(indicators)]
        self._reader = EventReader(source, fields, too_late_s=too_late_s, future_s=future_s)
        self._service_field, self._id_field = source.service_field, source.id_field
        self._filter = DuplicateFilter()
        self._indicators = indicators
        self._weight_fields = weight_fields
        self._series = series
        self._buckets = buckets
        self._counts = ClassCounts(indicators, series)

    def start_chunk(self) -> None:
        """Forget what was counted; remember classes and the events seen."""
        self._counts.clear()
        if self._counts.size > MOST_REMEMBERED:
            self._counts = ClassCounts(self._indicators, self._series)

    def read(self, values: Sequence[bytes], times: Sequence[int], offset: int) -> Events:
        """Return the events among records that are no duplicates, and remember them.

        `times` are those of the records; all lie in the block of the filter that `offset` is in.
        """
        record_ms = np.array(times, np.int64)
        events = self._reader.read(values, record_ms)
        if events.rows is not None:
            record_ms = record_ms[events.rows]
        duplicates = self._filter.duplicates(offset, events.ids, events.services, record_ms)
        if not duplicates:
            return events
        return events.at(np.delete(np.arange(len(events.events)), duplicates).tolist())

    def count(self, events: Events) -> None:
        """Count events that were read."""
        if events.events:
            columns: dict[Path, Column] = {
                self._service_field: events.services,
                self._id_field: events.ids,
            }

            def column_of(path: Path) -> Column:
                if path not in columns:
                    columns[path] = self._reader.column(events.events, path)
                return columns[path]

            weights, unweighed = self._weigh(column_of, events)
            buckets = self._buckets(events.times)
            self.not_numeric.update(self._counts.add(column_of, buckets, weights, unweighed))

    def sums(self) -> Iterator[Sums]:
        """Yield what was counted since the chunk started."""
        return self._counts.sums()

    def _weigh(self, column_of: Columns, events: Events) -> tuple[Ints | None, list[Ints]]:
        """Return a row of weights for each weighing, and for each but the first what has none.

        None instead of the weights when all are 1.
        """
        if not self._weight_fields:
            return None if events.weights is None else events.weights[np.newaxis], []
        ones = np.ones(len(events.events), np.int64)
        weights = [ones if events.weights is None else events.weights]
        unweighed: list[Ints] = []
        for path in self._weight_fields:
            row, invalid = read_weights(column_of(path))
            weights.append(ones if row is None else row)
            unweighed.append(np.zeros(len(ones), np.int64))
            unweighed[-1][invalid] = 1
        return np.array(weights), unweighed


def _fields(indicators: Sequence[Counted]) -> Iterator[Path]:
    """Yield the fields that classes and groups are made of."""
    for one in indicators:
        for predicate in (one.indicator.total, one.indicator.good):
            yield from (atom.path for atom in atoms(predicate))
        yield from one.indicator.group_by

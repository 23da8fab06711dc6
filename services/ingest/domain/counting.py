"""Counts the records of one partition: decode, check, drop duplicates, classify, add up."""

from bisect import bisect_left
from collections import Counter as Multiset
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import cast

import numpy as np

from services.ingest.domain.duplicate import BLOCK
from services.ingest.domain.matching import Counted
from services.ingest.domain.output import cells_by_shard
from services.ingest.domain.reading import Buckets, Reading, buckets_of
from services.ingest.domain.record import Raw, Rejected
from services.ingest.domain.serieslist import SeriesList
from services.ingest.domain.tally import Sums
from shared.domain.predicate import Path
from shared.domain.reason import Reason
from shared.domain.slo import SLO, DataSource, Indicator
from shared.events import END_OF_TIME
from shared.wire import Cells, GroupName

_OFFSET = attrgetter("offset")


class Counter:
    """Everything counted in the current chunk of one partition, and what dropping duplicates takes.

    A pure function of the records since `warm`, however they are handed over. Data sources that
    name the same topic but other fields read it apart; the first of them by name decides which
    records are rejected. `results` counts records for ever, as counted, duplicate, rejected or
    tombstone. `buckets` numbers times (ms), finer than the wire's buckets where somebody must
    know more.
    """

    def __init__(
        self,
        topic: str,
        slos: Sequence[SLO],
        *,
        shards: int,
        too_late_s: int,
        future_s: int,
        buckets: Buckets = buckets_of,
    ) -> None:
        self.results: Multiset[str] = Multiset()
        self._buckets = buckets
        self._shards = shards
        self._series = SeriesList(shards)
        self._invalid_series = {
            reason: self._series.add_invalid(topic, reason) for reason in Reason
        }
        self._invalid: Multiset[tuple[Reason, int]] = Multiset()
        self._readings = [
            self._reading(source, indicators, too_late_s, future_s)
            for source, indicators in _by_layout(topic, slos)
        ]
        self._cells: list[tuple[Cells, tuple[GroupName, ...]]] | None = None

    @property
    def not_numeric(self) -> dict[tuple[str, str], int]:
        """How many events each (SLO, indicator) could not compare, for ever."""
        return dict(sum((reading.not_numeric for reading in self._readings), Multiset()))

    def warm(self, records: Sequence[Raw]) -> None:
        """Remember records that were counted before the current chunk."""
        for block in _blocks(records):
            values, times, _ = _present(block)
            for reading in self._readings:
                reading.read(values, times, block[0].offset)

    def count(self, records: Sequence[Raw]) -> list[Rejected]:
        """Count the next records of the current chunk, and return those that are rejected."""
        self._cells = None
        return [rejected for block in _blocks(records) for rejected in self._count_block(block)]

    def cells(self) -> list[tuple[Cells, tuple[GroupName, ...]]]:
        """Return, for each shard, all that was counted since the chunk started."""
        if self._cells is None:
            sums = [one for reading in self._readings for one in reading.sums()]
            self._cells = cells_by_shard([*sums, self._invalid_sums()], self._series, self._shards)
        return self._cells

    def start_chunk(self) -> None:
        """Begin to count afresh; the events seen stay known to the duplicate filter."""
        self._cells = None
        self._invalid.clear()
        for reading in self._readings:
            reading.start_chunk()
        self._series.forget_groups()

    def _reading(
        self, source: DataSource, indicators: Iterable[tuple[str, Indicator]], *limits: int
    ) -> Reading:
        found = list(indicators)
        weighed = [one.weight_field for _, one in found if one.weight_field is not None]
        fields: list[Path] = list(dict.fromkeys(weighed))
        counted = [
            Counted(
                slo,
                one,
                self._series.add(slo, one.key),
                0 if one.weight_field is None else 1 + fields.index(one.weight_field),
            )
            for slo, one in found
        ]
        too_late_s, future_s = limits
        return Reading(
            source,
            counted,
            fields,
            self._series,
            too_late_s=too_late_s,
            future_s=future_s,
            buckets=self._buckets,
        )

    def _count_block(self, records: Sequence[Raw]) -> list[Rejected]:
        values, times, rows = _present(records)
        self.results["tombstone"] += len(records) - len(values)
        rejected: list[Rejected] = []
        for place, reading in enumerate(self._readings):
            events = reading.read(values, times, records[0].offset)
            reading.count(events)
            if place == 0:
                refused, counted = len(events.rejected), len(events.events)
                self.results["counted"] += counted
                self.results["rejected"] += refused
                self.results["duplicate"] += len(values) - counted - refused
                for row, error in events.rejected:
                    record, reason = records[rows[row]], Reason(error.reason)
                    rejected.append(Rejected(record, reason, error.detail))
                    self._invalid[reason, self._bucket(record.timestamp)] += 1
        return rejected

    def _bucket(self, timestamp: int) -> int:
        known = timestamp if 0 <= timestamp < END_OF_TIME else 0
        return int(self._buckets(np.array([known]))[0])

    def _invalid_sums(self) -> Sums:
        series = [self._invalid_series[reason] for reason, _ in self._invalid]
        total = np.array(list(self._invalid.values()), np.int64)
        return Sums(
            np.array(series, np.int64),
            np.array([bucket for _, bucket in self._invalid], np.int64),
            np.zeros(len(total), np.int64),
            total,
        )


def _by_layout(
    topic: str, slos: Sequence[SLO]
) -> Iterator[tuple[DataSource, list[tuple[str, Indicator]]]]:
    """Yield what reads the topic: sources with the same fields as one, by the first name."""
    found: dict[DataSource, list[tuple[str, Indicator]]] = {}
    named: dict[DataSource, str] = {}
    for slo in slos:
        for one in slo.indicators():
            if one.source.topic == topic:
                layout = replace(one.source, name="")
                found.setdefault(layout, []).append((slo.name, one))
                named[layout] = min(one.source.name, named.get(layout, one.source.name))
    for layout in sorted(found, key=named.__getitem__):
        yield layout, found[layout]


def _blocks(records: Sequence[Raw]) -> Iterator[Sequence[Raw]]:
    """Yield the records of each block of offsets of the duplicate filter."""
    start = 0
    while start < len(records):
        end = len(records)
        bound = (records[start].offset // BLOCK + 1) * BLOCK
        if records[-1].offset >= bound:
            end = bisect_left(records, bound, lo=start, key=_OFFSET)
        yield records[start:end] if (start, end) != (0, len(records)) else records
        start = end


def _present(records: Sequence[Raw]) -> tuple[list[bytes], list[int], Sequence[int]]:
    """Return values and timestamps of records that are no tombstones, and which those are."""
    values = [record.value for record in records]
    rows: Sequence[int] = range(len(records))
    if not all(values):  # a tombstone, or empty
        rows = [row for row, value in enumerate(values) if value is not None]
        records = [records[row] for row in rows]
        values = [record.value for record in records]
    return cast(list[bytes], values), [record.timestamp for record in records], rows

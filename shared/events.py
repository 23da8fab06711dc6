"""Which records are events that may be counted: decoding and every check, for one and for many.

The column form is a shortcut of judging one by one: what it is not sure about it leaves to that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import RejectedEvent
from shared.domain.predicate import Path
from shared.domain.reason import Reason
from shared.domain.slo import DataSource
from shared.eventjson import Column, Event, EventJson, Rejection, Rejections
from shared.eventtime import Times, read_time, read_times
from shared.eventweight import read_weight, read_weights

END_OF_TIME = 32_503_680_000_000  # ms; the year 3000: what lies beyond is no time of an event

_TEXT = {str}
_TEXT_OR_MISSING = {str, type(None)}


@dataclass(frozen=True, slots=True)
class Events:
    """The events among some records, in order, as parallel columns.

    `rows` says which record each is of, None when every record is an event. `weights` is None
    when every event weighs 1. `rejected` holds rows of records and why they are not counted.
    """

    rows: list[int] | None
    events: list[Event]
    services: Column
    ids: Column
    times: Times  # ms
    weights: NDArray[np.int64] | None
    rejected: Rejections

    def at(self, kept: list[int], refused: Iterable[Rejection] = ()) -> "Events":
        """Return the events at these positions; `refused` are further rejections, by row."""
        rows = self.rows if self.rows is not None else range(len(self.events))
        return Events(
            [rows[position] for position in kept],
            [self.events[position] for position in kept],
            [self.services[position] for position in kept],
            [self.ids[position] for position in kept],
            self.times[kept],
            None if self.weights is None else self.weights[kept],
            sorted([*self.rejected, *refused], key=lambda rejection: rejection[0]),
        )


class EventReader:
    """Reads the events of one source; `paths` are the fields in use beside the standard ones."""

    def __init__(
        self, source: DataSource, paths: Iterable[Path] = (), *, too_late_s: int, future_s: int
    ) -> None:
        self._source = source
        self._json = EventJson(source, paths)
        self._too_late_ms = too_late_s * 1_000
        self._future_ms = future_s * 1_000

    def check(self, value: bytes, record_ms: int) -> None:
        """Raise RejectedEvent when a record may not be counted; `record_ms` below 0: unknown."""
        self._judge(self._json.decode(value), record_ms)

    def column(self, events: Sequence[Event], path: Path) -> Column:
        """Return one field of many events, None where it is missing or null."""
        return self._json.column(events, path)

    def read(self, values: Sequence[bytes], record_ms: NDArray[np.int64]) -> Events:
        """Return the events among these records, whose timestamps are in milliseconds."""
        found, rejected = self._json.decode_all(values)
        rows = None
        if rejected:
            rows = [row for row, event in enumerate(found) if event is not None]
            found = [found[row] for row in rows]
            record_ms = record_ms[rows]
        events, suspects = self._columns(found, rows, record_ms, rejected)
        refused: dict[int, RejectedEvent] = {}
        for position in suspects:
            try:
                self._judge(found[position], int(record_ms[position]))
            except RejectedEvent as error:
                refused[position] = error
        if not refused:
            return events
        kept = [position for position in range(len(found)) if position not in refused]
        return events.at(kept, [(rows[p] if rows else p, error) for p, error in refused.items()])

    def _columns(
        self, found: list[Event], rows: list[int] | None, record_ms: Times, rejected: Rejections
    ) -> tuple[Events, set[int]]:
        """Return the columns, and the positions of events that only `_judge` can tell valid."""
        source = self._source
        services = self.column(found, source.service_field)
        ids = self.column(found, source.id_field)
        times, suspects = read_times(self.column(found, source.timestamp_field), record_ms)
        weights, unweighed = read_weights(self.column(found, source.weight_field))
        suspects += unweighed
        late = record_ms - times
        odd = (late > self._too_late_ms) | (late < -self._future_ms)
        odd = (odd & (record_ms >= 0)) | (times < 0) | (times >= END_OF_TIME)
        suspects += np.flatnonzero(odd).tolist()
        if not set(map(type, ids)) <= _TEXT_OR_MISSING:
            suspects += [row for row, value in enumerate(ids) if type(value) is not str]
        if not set(map(type, services)) <= _TEXT or "" in services:
            suspects += [
                row for row, value in enumerate(services) if not value or type(value) is not str
            ]
        return Events(rows, found, services, ids, times, weights, rejected), set(suspects)

    def _judge(self, event: Event, record_ms: int) -> None:
        """Raise RejectedEvent when an event may not be counted."""
        source = self._source
        service = self._json.value(event, source.service_field)
        identifier = self._json.value(event, source.id_field)
        if service is not None and type(service) is not str:
            raise RejectedEvent(Reason.WRONG_TYPE, "the service is not a string")
        if source.builtin and not service:
            raise RejectedEvent(Reason.NO_SERVICE, "the event names no service")
        if identifier is not None and type(identifier) is not str:
            raise RejectedEvent(Reason.WRONG_TYPE, "the id is not a string")
        self._judge_time(self._json.value(event, source.timestamp_field), record_ms)
        read_weight(self._json.value(event, source.weight_field))

    def _judge_time(self, value: object, record_ms: int) -> None:
        if value is None and record_ms < 0:
            raise RejectedEvent(Reason.BAD_TIME, "neither the event nor its record has a time")
        time = record_ms if value is None else read_time(value)
        if 0 <= record_ms < time - self._future_ms:
            raise RejectedEvent(Reason.IN_THE_FUTURE, f"{time - record_ms:,} ms after its record")
        if time + self._too_late_ms < record_ms:
            raise RejectedEvent(Reason.TOO_LATE, f"{record_ms - time:,} ms before its record")
        if not 0 <= time < END_OF_TIME:
            raise RejectedEvent(Reason.BAD_TIME, "no time between the years 1970 and 3000")

"""Takes events in over HTTP: all of them into Kafka, or none."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from services.api.catalogue import Definitions
from services.api.errors import BadEvents
from services.api.metrics import Metrics
from services.api.outlet import Event, EventWriter
from services.api.schema.event import BadEvent
from shared.domain.slo import DataSource
from shared.events import EventReader, Events

LARGEST_BODY = 16 * 1024 * 1024
MOST_NAMED = 100  # bad events in one answer


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an event's time may be from now, in seconds, and how much each caller may send."""

    too_late: int
    future: int
    body_bytes: int = LARGEST_BODY
    requests_per_second: float = 500.0


@dataclass(frozen=True, slots=True)
class Reception:
    """Judges events as ingest will, and hands them to Kafka keyed by service.

    What a definition uses is checked as well: a record that ingest would reject is not taken.
    """

    writer: EventWriter
    limits: Limits
    metrics: Metrics
    now: Callable[[], float]

    async def take(
        self, values: Sequence[bytes], source: DataSource, definitions: Definitions
    ) -> int:
        """Return the number of events once Kafka has them; raises BadEvents before sending any."""
        events = await asyncio.to_thread(self._read, values, source, definitions)
        if events.rejected:
            self.metrics.events.labels(source.name, "refused").inc(len(values))
            raise BadEvents(_named(events), len(events.rejected), of=len(values))
        count = await self.writer.append_all(source.topic, _keyed(values, events))
        self.metrics.events.labels(source.name, "accepted").inc(count)
        return count

    def _read(
        self, values: Sequence[bytes], source: DataSource, definitions: Definitions
    ) -> Events:
        reader = EventReader(
            source,
            definitions.paths.get(source.topic, frozenset()),
            too_late_s=self.limits.too_late,
            future_s=self.limits.future,
        )
        return reader.read(values, np.full(len(values), int(self.now() * 1000), np.int64))


def _named(events: Events) -> tuple[BadEvent, ...]:
    return tuple(
        BadEvent(index=row, reason=error.reason, message=error.detail)
        for row, error in events.rejected[:MOST_NAMED]
    )


def _keyed(values: Sequence[bytes], events: Events) -> list[Event]:
    """Return the events with their keys: duplicates are found within a partition only."""
    keys = (service or name for service, name in zip(events.services, events.ids, strict=True))
    return [(key.encode() if key else None, value) for key, value in zip(keys, values, strict=True)]

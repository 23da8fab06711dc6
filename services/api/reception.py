"""Takes events in over HTTP: all of them into Kafka, or none."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from shared.events import check_event

from services.api.errors import BadEvents
from services.api.metrics import Metrics
from services.api.outlet import Event, EventWriter
from services.api.schema.event import BadEvent
from shared.domain.errors import RejectedEvent
from shared.domain.predicate import Path
from shared.domain.slo import DataSource

MOST_NAMED = 100  # bad events in one answer


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an event's time may be from now, in seconds."""

    too_late: int
    future: int


@dataclass(frozen=True, slots=True)
class Reception:
    """Checks events as ingest will, and hands them to Kafka keyed by service."""

    writer: EventWriter
    limits: Limits
    metrics: Metrics
    now: Callable[[], float]

    async def take(self, events: Sequence[bytes], source: DataSource) -> int:
        """Return the number of events once Kafka has them; raises BadEvents before sending any."""
        keyed, bad = await asyncio.to_thread(self._checked, events, source)
        if bad:
            self.metrics.events.labels(source.name, "refused").inc(len(events))
            raise BadEvents(tuple(bad[:MOST_NAMED]), len(bad), of=len(events))
        count = await self.writer.append_all(source.topic, keyed)
        self.metrics.events.labels(source.name, "accepted").inc(count)
        return count

    def _checked(
        self, events: Sequence[bytes], source: DataSource
    ) -> tuple[list[Event], list[BadEvent]]:
        keyed: list[Event] = []
        bad: list[BadEvent] = []
        now_ms = int(self.now() * 1000)
        for index, value in enumerate(events):
            try:
                check_event(
                    value,
                    source,
                    record_time_ms=now_ms,
                    too_late_s=self.limits.too_late,
                    future_s=self.limits.future,
                )
            except RejectedEvent as error:
                bad.append(BadEvent(index=index, reason=error.reason, message=error.detail))
            else:
                keyed.append((key_of(value, source), value))
        return keyed, bad


def key_of(value: bytes, source: DataSource) -> bytes | None:
    """Return the service of an event that passed the check, or its id: it decides the partition.

    Duplicates are found within a partition only.
    """
    event = msgspec.json.decode(value)
    inner = event.get("data") if "specversion" in event else None
    for place in (inner, event):
        for path in (source.service_field, source.id_field):
            found = _at(place, path)
            if found is not None:
                return str(found).encode()
    return None


def _at(value: object, path: Path) -> object:
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value

"""A topic of Kafka as the place that `leeway send` takes events to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from leeway.sending.destination import Refusal
from leeway.sending.event import Line
from shared.kafka.connection import KafkaConnection
from shared.kafka.event_writer import EventWriter, open_event_writer
from shared.settings import KafkaSettings


class Topic:
    """A topic of Kafka, keyed by service; what is written is not judged here."""

    def __init__(self, writer: EventWriter, topic: str) -> None:
        self._writer = writer
        self._topic = topic

    async def take(self, lines: Sequence[Line]) -> list[Refusal]:
        """Write the events; refuses none."""
        await self._writer.append_all(
            self._topic, [(key_of(line.text), line.text) for line in lines]
        )
        return []


class _Keyed(msgspec.Struct):
    service: Any = None
    data: Any = None


_KEYED = msgspec.json.Decoder(_Keyed)


def key_of(event: bytes) -> bytes | None:
    """Return the service as the record's key; None for an event without one."""
    try:
        found = _KEYED.decode(event)
    except (msgspec.DecodeError, RecursionError):
        return None
    service = found.service
    if service is None and isinstance(found.data, dict):
        service = found.data.get("service")
    return service.encode(errors="replace") if isinstance(service, str) else None


@asynccontextmanager
async def open_topic(settings: KafkaSettings, topic: str) -> AsyncIterator[Topic]:
    """Open the way straight to Kafka."""
    connection = KafkaConnection.of(settings)
    async with open_event_writer(connection, settings.ingest_group) as writer:
        yield Topic(writer, topic)

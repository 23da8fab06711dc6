"""Where `leeway send` takes events to: the api, or a topic."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import msgspec

from leeway.sending.event import Line
from leeway.server import Refused, Server, open_server
from shared.kafka.connection import KafkaConnection
from shared.kafka.event_writer import EventWriter, open_event_writer
from shared.settings import KafkaSettings

_LIST = "not_an_object: a line holds one event, not a list"
_POST_SECONDS = 120  # the embedded broker makes the api wait for ingest


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that was not taken, and why."""

    line: int
    reason: str


class Destination(Protocol):
    """Takes events; returns once those that it does not refuse are in Kafka."""

    async def take(self, lines: Sequence[Line]) -> list[Refusal]: ...


class Api:
    """The api, which keys events by service and judges each before it takes any."""

    def __init__(self, server: Server, source: str) -> None:
        self._server = server
        self._source = source

    async def take(self, lines: Sequence[Line]) -> list[Refusal]:
        """Send the events that the api finds good; return the others."""
        # A body that begins with a list is read as one list of events, not as lines.
        lists = [Refusal(line.number, _LIST) for line in lines if line.text.startswith(b"[")]
        lines = [line for line in lines if not line.text.startswith(b"[")]
        try:
            self._post(lines)
        except Refused as refused:
            bad = _bad_events(refused)
            if not bad:
                raise
            self._post([line for index, line in enumerate(lines) if index not in bad])
            return lists + [Refusal(lines[index].number, why) for index, why in bad.items()]
        return lists

    def _post(self, lines: Sequence[Line]) -> None:
        if lines:
            body = b"\n".join(line.text for line in lines)
            query = {"source": self._source}
            self._server.post("/v1/events", body, "application/x-ndjson", query)


def _bad_events(refused: Refused) -> dict[int, str]:
    if refused.status != httpx.codes.BAD_REQUEST:
        return {}
    errors: list[dict[str, Any]] = refused.problem.get("errors") or []
    return {
        int(error["index"]): f"{error['reason']}: {error['message']}"
        for error in errors
        if "index" in error
    }


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
async def open_api(url: str, source: str) -> AsyncIterator[Api]:
    """Open the way through the api."""
    with open_server(url, timeout_s=_POST_SECONDS) as server:
        yield Api(server, source)


@asynccontextmanager
async def open_topic(settings: KafkaSettings, topic: str) -> AsyncIterator[Topic]:
    """Open the way straight to Kafka."""
    connection = KafkaConnection.of(settings)
    async with open_event_writer(connection, settings.ingest_group) as writer:
        yield Topic(writer, topic)

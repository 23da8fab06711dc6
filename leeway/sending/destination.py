"""Where `leeway send` takes events to, and the api as such a place."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from leeway.sending.event import Line
from leeway.server import Refused, Server, open_server

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


@asynccontextmanager
async def open_api(url: str, source: str) -> AsyncIterator[Api]:
    """Open the way through the api."""
    with open_server(url, timeout_s=_POST_SECONDS) as server:
        yield Api(server, source)

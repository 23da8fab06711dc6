"""Reports the api's own requests as request events: the first service Leeway watches is itself.

Never delays or fails a request: events wait in a bounded queue, what does not fit is counted.
"""

import asyncio
import json
import time
import uuid
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api.metrics import Metrics
from services.api.outlet import EventWriter
from shared.domain.errors import BrokerUnavailable, RefusedMessage

SERVICE = "leeway-api"
TOPIC = "leeway.requests.v1"
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
MOST_WAITING = 10_000
EVERY_SECONDS = 0.5
SEND_SECONDS = 10.0

log = structlog.get_logger(__name__)


class SelfReport:
    """Events about this api's requests, on their way to Kafka."""

    def __init__(self, writer: EventWriter, metrics: Metrics) -> None:
        self._writer = writer
        self._metrics = metrics
        self._waiting: deque[bytes] = deque()

    def note(self, route: str, method: str, status: int, duration_ms: float) -> None:
        """Keep one request for sending; drop it when too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            self._metrics.self_reports_dropped.inc()
            return
        event = {
            "id": uuid.uuid4().hex,
            "ts": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "service": SERVICE,
            "route": route,
            "method": method,
            "status": status,
            "duration_ms": round(duration_ms, 3),
        }
        self._waiting.append(json.dumps(event).encode())

    async def run(self, stopping: asyncio.Event) -> None:
        """Send what waits, until told to stop; what waits then is sent as well."""
        while not stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)
            await self.send()
        await self.send()

    async def send(self) -> None:
        """Send what waits; it goes on waiting when Kafka cannot be reached."""
        batch = list(self._waiting)
        if not batch:
            return
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._writer.append_all(TOPIC, [(SERVICE.encode(), e) for e in batch])
        except (BrokerUnavailable, TimeoutError) as error:
            log.warning("own requests not reported yet", waiting=len(batch), reason=str(error))
            return
        except RefusedMessage as error:
            log.warning("own requests refused", dropped=len(batch), reason=str(error))
            self._metrics.self_reports_dropped.inc(len(batch))
        for _ in batch:
            self._waiting.popleft()


class Observed:
    """Times every request and hands it on to the metrics and, where wanted, the self report."""

    def __init__(self, app: ASGIApp, metrics: Metrics, report: SelfReport | None) -> None:
        self._app = app
        self._metrics = metrics
        self._report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note how it went; a lost answer counts as 500."""
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self._app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        self._metrics.requests.labels(scope["method"], route, status).observe(seconds)
        if self._report is not None:
            self._report.note(route, scope["method"], status, seconds * 1000)


def route_of(scope: Scope) -> str:
    """Return the template of the route that answered: names in a path are not labels."""
    route = scope.get("route")
    path = getattr(route, "path", None) if isinstance(route, BaseRoute) else None
    return path or "(none)"

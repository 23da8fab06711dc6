"""What every service answers about itself: is it alive, is it ready, what are its figures."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

SILENCE_SECONDS = 10.0
"""Without an answer to a fetch for so long a process is not ready: Kafka's client keeps quiet."""


def health_routes(
    readiness: Callable[[], Sequence[str]],
    registry: CollectorRegistry,
    figures: Callable[[], Awaitable[bytes]] | None = None,
    *,
    warnings: Callable[[], Sequence[str]] = tuple,
) -> APIRouter:
    """Return /healthz, /readyz and /metrics; `readiness` names the reasons for not being ready.

    `warnings` names what somebody has to mend although this process does all that it can.
    `figures` renders more metrics in Prometheus's text format, when they are too many for the
    client library; then no other format is offered.
    """
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        reasons = list(readiness())
        status = "not ready" if reasons else "ready"
        return JSONResponse(
            {"status": status, "reasons": reasons, "warnings": list(warnings())},
            status_code=503 if reasons else 200,
        )

    @router.get("/metrics", response_class=Response)
    async def metrics(request: Request) -> Response:
        accepted = request.headers.get("accept", "") if figures is None else ""
        encode, content_type = choose_encoder(accepted)
        more = await figures() if figures is not None else b""
        return Response(encode(registry) + more, headers={"content-type": content_type})

    return router

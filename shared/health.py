"""What every service answers about itself: is it alive, is it ready, what are its figures."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder


def health_routes(readiness: Callable[[], Sequence[str]], registry: CollectorRegistry) -> APIRouter:
    """Return /healthz, /readyz and /metrics; `readiness` names the reasons for not being ready."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        reasons = list(readiness())
        status = "not ready" if reasons else "ready"
        return JSONResponse(
            {"status": status, "reasons": reasons}, status_code=503 if reasons else 200
        )

    @router.get("/metrics", response_class=Response)
    async def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"content-type": content_type})

    return router

"""The evaluator's HTTP face: health and metrics only."""

from collections.abc import Awaitable, Callable, Sequence

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry

from shared.health import health_routes


def create_app(
    readiness: Callable[[], Sequence[str]],
    registry: CollectorRegistry,
    figures: Callable[[], Awaitable[bytes]],
    sloth: Callable[[], Awaitable[bytes]],
) -> FastAPI:
    """Return the app.

    `figures` renders what the registry does not hold, `sloth` the objectives as Sloth names them.
    """
    app = FastAPI(title="Leeway evaluator")
    app.include_router(health_routes(readiness, registry, figures))

    @app.get("/metrics/sloth", response_class=Response, tags=["health"])
    async def metrics_of_sloth() -> Response:
        return Response(await sloth(), headers={"content-type": CONTENT_TYPE_LATEST})

    return app

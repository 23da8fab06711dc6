"""The evaluator's HTTP face: health and metrics only."""

from collections.abc import Callable, Sequence

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from shared.health import health_routes


def create_app(
    readiness: Callable[[], Sequence[str]],
    registry: CollectorRegistry,
    figures: Callable[[], bytes],
) -> FastAPI:
    """Return the app; `figures` renders what the registry does not hold."""
    app = FastAPI(title="Leeway evaluator")
    app.include_router(health_routes(readiness, registry, figures))
    return app

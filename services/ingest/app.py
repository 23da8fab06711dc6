"""Ingest's HTTP face: health and metrics only."""

from collections.abc import Callable, Sequence

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from shared.health import health_routes


def create_app(
    readiness: Callable[[], Sequence[str]],
    warnings: Callable[[], Sequence[str]],
    registry: CollectorRegistry,
) -> FastAPI:
    """Return the app, ready to serve."""
    app = FastAPI(title="Leeway ingest", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(readiness, registry, warnings=warnings))
    return app

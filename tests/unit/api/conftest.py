"""The api over its real HTTP face, on stores in memory."""

from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient
from prometheus_client import CollectorRegistry

from services.api.app import Ports, create_app
from services.api.metrics import Metrics
from services.api.reception import Limits
from tests.unit.api.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[AsyncClient]:
    app = create_app(
        Ports(world.definitions, world.shards, world.cluster, world.kafka),
        Limits(too_late=7 * 86_400, future=300),
        Metrics(CollectorRegistry()),
        now=lambda: world.now,
    )
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://api") as client:
        yield client

"""The api over its real HTTP face, on stores in memory."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from tests.unit.api.world import World, open_client


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[AsyncClient]:
    async with open_client(world) as client:
        yield client

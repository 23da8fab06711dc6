"""The api answers the same whatever its stores run on: in memory, on SQLite, on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient

from shared.domain.series import shard_of
from shared.memory import MemoryCluster, MemoryDefinitions, MemoryShards
from shared.sql.cluster import SqlCluster
from shared.sql.definitions import SqlDefinitions
from shared.sql.shards import SqlShards
from tests.unit.api.world import AVAILABILITY, NOW, SHARDS, TOPIC, World, key_of, open_client

NAME = "checkout-availability"


@pytest.fixture
def world(
    definitions: SqlDefinitions | MemoryDefinitions,
    shards: SqlShards | MemoryShards,
    cluster: SqlCluster | MemoryCluster,
) -> World:
    return World(definitions, shards, cluster)


@pytest.fixture
async def client(world: World) -> AsyncIterator[AsyncClient]:
    async with open_client(world) as client:
        yield client
    await asyncio.get_running_loop().shutdown_default_executor()


async def get(client: AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_definition_is_applied_counted_looked_back_at_and_deleted(
    world: World, client: AsyncClient
) -> None:
    applied = await client.post("/v1/definitions", content=AVAILABILITY)
    assert applied.json()["created"] == [f"SLO/{NAME}"]
    assert (await get(client, f"/v1/slos/{NAME}"))["objectives"][0]["total"] is None

    (slo,) = (await world.define()).slos
    shard = shard_of(NAME, SHARDS)
    await world.counted(slo, 9_990, 10_000, reported={TOPIC: 1})
    await world.remembered(shard, {key_of(slo): {NOW - 7_200: (5, 10)}})

    status = await get(client, f"/v1/slos/{NAME}")
    past = await get(client, f"/v1/slos/{NAME}?at={NOW - 3_600}")
    steps = (await get(client, f"/v1/slos/{NAME}/history?from={NOW - 10_800}&step=1h"))["items"]
    assert (status["state"], status["objectives"][0]["sli"]) == ("at_risk", 0.999)
    assert (past["state"], past["objectives"][0]["sli"]) == ("breached", 0.5)
    assert [step["total"] for step in steps] == [0, 10, 0]
    assert (await get(client, "/v1/slos?state=at_risk"))["items"] == [status]
    assert (await get(client, "/v1/definitions"))["reported_revision"] == 1

    assert (await client.delete(f"/v1/definitions/SLO/{NAME}")).json()["revision"] == 2
    assert (await get(client, "/v1/slos"))["items"] == []


async def test_changes_at_the_same_time_are_all_kept(client: AsyncClient) -> None:
    texts = [AVAILABILITY.replace(NAME, f"slo-{i}") for i in range(4)]

    answers = await asyncio.gather(
        *(client.post("/v1/definitions", content=text) for text in texts)
    )

    assert sorted(answer.json()["revision"] for answer in answers) == [1, 2, 3, 4]
    names = [item["name"] for item in (await get(client, "/v1/definitions"))["items"]]
    assert names == [f"slo-{i}" for i in range(4)]

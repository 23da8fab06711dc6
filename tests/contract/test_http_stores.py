"""The api answers the same whatever its stores run on: in memory, on SQLite, on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient

from shared.domain.series import shard_of
from shared.memory import MemoryCluster, MemoryShards
from shared.memory_alerts import MemoryAlerts, MemorySilences
from shared.memory_definitions import MemoryDefinitions
from shared.sql.alert_rows import AlertChanges
from shared.sql.alerts import SqlAlerts
from shared.sql.cluster import SqlCluster
from shared.sql.definitions import SqlDefinitions
from shared.sql.shard_rows import Flush
from shared.sql.shards import SqlShards
from shared.sql.silences import SqlSilences
from tests.support.flush import alert_row
from tests.unit.api.test_http_agreements import AGREEMENT
from tests.unit.api.test_http_agreements import NAME as AGREEMENT_NAME
from tests.unit.api.world import AVAILABILITY, NOW, SHARDS, TOPIC, World, key_of, open_client

NAME = "checkout-availability"


@pytest.fixture
def world(
    definitions: SqlDefinitions | MemoryDefinitions,
    shards: SqlShards | MemoryShards,
    cluster: SqlCluster | MemoryCluster,
    alerts: SqlAlerts | MemoryAlerts,
    silences: SqlSilences | MemorySilences,
) -> World:
    return World(definitions, shards, cluster, alerts, silences)


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


async def test_alerts_and_silences_are_read_and_written_alike_everywhere(
    world: World, client: AsyncClient
) -> None:
    changes = AlertChanges([alert_row(name) for name in "ab"])
    epoch = (await world.shards.claim(0)).epoch
    await world.shards.flush(
        Flush(0, epoch, 0, "t", b"", closed_10s=0, closed_60s=0, alerts=changes)
    )
    first = await get(client, "/v1/alerts?limit=1")
    second = await get(client, f"/v1/alerts?limit=1&cursor={first['next_cursor']}")
    assert [one["id"] for one in (*first["items"], *second["items"])] == ["b", "a"]
    assert second["next_cursor"] is None

    said = await client.post("/v1/alerts/a/acknowledge", json={"by": "ada", "note": "seen"})
    assert said.json() == await get(client, "/v1/alerts/a")

    asked = {"matchers": [{"name": "slo", "op": "=", "value": "x"}], "duration": "1h"}
    made = [(await client.post("/v1/silences", json=asked)).json() for _ in range(2)]
    page = await get(client, "/v1/silences?limit=1")
    rest = await get(client, f"/v1/silences?limit=1&cursor={page['next_cursor']}")
    assert {one["id"] for one in (*page["items"], *rest["items"])} == {one["id"] for one in made}
    ended = await client.delete(f"/v1/silences/{made[0]['id']}")
    assert ended.json()["state"] == "over"
    assert (await get(client, "/v1/silences"))["items"] == made[1:]


async def test_an_agreement_is_agreed_changed_and_read_back(client: AsyncClient) -> None:
    path = f"/v1/agreements/{AGREEMENT_NAME}"
    applied = await client.post("/v1/definitions", content=f"{AVAILABILITY}\n---\n{AGREEMENT}")
    assert applied.status_code == 200, applied.text
    for act, team in (("propose", "payments"), ("accept", "storefront"), ("accept", "payments")):
        done = await client.post(f"{path}/{act}", json={"team": team, "person": "Ann"})
        assert done.status_code == 200, done.text
    looser = AVAILABILITY.replace("target: 0.999", "target: 0.99")
    assert (await client.post("/v1/definitions", content=looser)).status_code == 200

    now = await get(client, path)
    versions = (await get(client, f"{path}/versions"))["items"]
    log = (await get(client, f"/v1/audit?name={AGREEMENT_NAME}"))["items"]
    assert (now["state"], now["version"], now["pending"]["version"]) == ("active", 1, 2)
    assert [len(version["acceptances"]) for version in versions] == [0, 2]
    assert [entry["action"] for entry in log] == [
        "changed",
        "accepted",
        "accepted",
        "proposed",
        "created",
    ]

"""`POST /v1/events` over HTTP."""

import json
from typing import Any

import pytest
from httpx import AsyncClient

from services.api.reception import LARGEST_BODY
from tests.unit.api.world import AVAILABILITY, TOPIC, World

EVENT = {"id": "01J8", "ts": "2026-11-23T06:00:00.123Z", "service": "checkout", "status": 200}


def event(**changes: Any) -> dict[str, Any]:
    return {**EVENT, **changes}


async def test_one_event_is_accepted(world: World, client: AsyncClient) -> None:
    answer = await client.post("/v1/events?source=requests", json=EVENT)

    assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    ((topic, key, value),) = world.kafka.events
    assert (topic, key, json.loads(value)) == (TOPIC, b"checkout", EVENT)


async def test_an_array_and_lines_are_accepted_in_order(world: World, client: AsyncClient) -> None:
    events = [event(id=str(i), service=f"s{i % 3}") for i in range(10)]
    lines = "\n".join(json.dumps(one) for one in events)

    array = await client.post("/v1/events", json=events)
    ndjson = await client.post(
        "/v1/events", content=lines, headers={"content-type": "application/x-ndjson"}
    )

    assert array.json() == ndjson.json() == {"accepted": 10}
    assert [json.loads(value) for _, _, value in world.kafka.events] == events * 2
    assert [key for _, key, _ in world.kafka.events[:3]] == [b"s0", b"s1", b"s2"]


async def test_of_bad_events_each_is_named_and_none_is_sent(
    world: World, client: AsyncClient
) -> None:
    bad = [
        EVENT,
        event(service=None),
        event(ts="yesterday"),
        EVENT,
        event(count=-1),
        event(id=7),
        event(ts="2026-11-01T00:00:00Z"),
        event(ts="2026-11-23T07:00:00Z"),
    ]

    answer = await client.post("/v1/events", json=bad)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["detail"] == "6 of 8 events refused, so none was sent"
    assert [(e["index"], e["reason"]) for e in problem["errors"]] == [
        (1, "no_service"),
        (2, "bad_time"),
        (4, "bad_weight"),
        (5, "wrong_type"),
        (6, "too_late"),
        (7, "in_the_future"),
    ]
    assert all(e["message"] for e in problem["errors"])
    assert world.kafka.events == []


async def test_a_line_that_is_no_json_is_named(world: World, client: AsyncClient) -> None:
    answer = await client.post("/v1/events", content=json.dumps(EVENT) + "\nrubbish\n[]")

    assert [(e["index"], e["reason"]) for e in answer.json()["errors"]] == [
        (1, "not_json"),
        (2, "not_an_object"),
    ]
    assert world.kafka.events == []


async def test_many_bad_events_are_counted_and_the_first_hundred_named(
    client: AsyncClient,
) -> None:
    problem = (await client.post("/v1/events", json=[{}] * 250)).json()

    assert problem["detail"] == "250 of 250 events refused, so none was sent"
    assert [e["index"] for e in problem["errors"]] == list(range(100))


async def test_a_cloud_event_is_keyed_by_its_service(world: World, client: AsyncClient) -> None:
    cloud = {
        "specversion": "1.0",
        "id": "c1",
        "source": "/somewhere",
        "type": "request",
        "data": {"service": "search", "status": 200},
    }

    await client.post("/v1/events", json=cloud)

    assert [key for _, key, _ in world.kafka.events] == [b"search"]


async def test_events_of_a_declared_source_go_to_its_topic(
    world: World, client: AsyncClient
) -> None:
    declared = (
        "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: orders}\n"
        "spec: {type: kafka, connectionDetails: {topic: shop.orders, idField: order.id}}\n"
    )
    await world.define(declared)

    answer = await client.post("/v1/events?source=orders", json=[{"order": {"id": "o1"}}, {}])

    assert answer.status_code == 202
    assert [(topic, key) for topic, key, _ in world.kafka.events] == [
        ("shop.orders", b"o1"),
        ("shop.orders", None),
    ]


async def test_text_that_a_definition_would_trip_over_is_refused(
    world: World, client: AsyncClient
) -> None:
    lone = b'{"service":"checkout","route":"\xff"}'
    assert (await client.post("/v1/events", content=lone)).status_code == 202

    await world.define(AVAILABILITY.replace("status < 500", "route == '/pay'"))

    answer = await client.post("/v1/events", content=lone)
    assert [e["reason"] for e in answer.json()["errors"]] == ["bad_text"]


async def test_an_unknown_source_names_those_there_are(client: AsyncClient) -> None:
    answer = await client.post("/v1/events?source=request", json=EVENT)

    assert answer.status_code == 400
    assert "requests, uptime, work" in answer.json()["detail"]


async def test_kafka_away_is_503_and_says_when_to_come_back(
    world: World, client: AsyncClient
) -> None:
    world.kafka.away = True

    answer = await client.post("/v1/events", json=EVENT)

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert "nowhere:9092" in answer.json()["detail"]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_over_the_limit_is_413(
    world: World, client: AsyncClient, *, announced: bool
) -> None:
    size = LARGEST_BODY + 1

    async def parts() -> Any:
        for _ in range(-(-size // 65_536)):
            yield b" " * 65_536

    answer = await client.post("/v1/events", content=b" " * size if announced else parts())

    assert answer.status_code == 413
    assert world.kafka.events == []


async def test_an_event_over_one_mebibyte_is_refused(client: AsyncClient) -> None:
    answer = await client.post("/v1/events", json=event(route="x" * (1 << 20)))

    assert [e["reason"] for e in answer.json()["errors"]] == ["too_large"]

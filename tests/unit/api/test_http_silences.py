"""`/v1/silences` over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from tests.unit.api.world import NOW, World

AT = datetime.fromtimestamp(NOW, UTC)
MATCHER = {"name": "slo", "op": "=", "value": "checkout"}


def text(hours: int) -> str:
    return f"{AT + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def asked(**more: Any) -> dict[str, Any]:
    return {"matchers": [MATCHER], "duration": "2h", "created_by": "ada", "note": "deploy"} | more


async def created(client: AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/silences", json=asked(**more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def listed(client: AsyncClient, query: str = "") -> list[str]:
    answer = await client.get(f"/v1/silences{query}")
    assert answer.status_code == 200
    return [one["id"] for one in answer.json()["items"]]


async def test_a_silence_begins_now_and_lasts_as_long_as_asked_for(client: AsyncClient) -> None:
    silence = await created(client)
    assert silence == {
        "id": silence["id"],
        "state": "active",
        "matchers": [MATCHER],
        "starts_at": text(0),
        "ends_at": text(2),
        "ended_at": None,
        "created_by": "ada",
        "created_at": text(0),
        "note": "deploy",
    }
    assert (await client.get(f"/v1/silences/{silence['id']}")).json() == silence


async def test_silences_that_are_over_are_listed_only_when_asked_for(
    world: World, client: AsyncClient
) -> None:
    now = await created(client)
    later = await created(client, duration=None, starts_at=text(5), ends_at=text(6))
    assert later["state"] == "waiting"
    assert set(await listed(client)) == {now["id"], later["id"]}
    world.now = NOW + 3 * 3600.0
    assert await listed(client) == [later["id"]]
    assert set(await listed(client, "?over=true")) == {now["id"], later["id"]}


async def test_a_silence_is_ended_early(client: AsyncClient) -> None:
    silence = await created(client)
    ended = (await client.delete(f"/v1/silences/{silence['id']}")).json()
    assert (ended["state"], ended["ended_at"]) == ("over", text(0))
    assert await listed(client) == []


@pytest.mark.parametrize(
    ("more", "status", "detail"),
    [
        ({"matchers": []}, 422, "at least 1"),
        ({"matchers": [MATCHER | {"op": ">"}]}, 422, "op"),
        ({"matchers": [MATCHER | {"name": "sloo"}]}, 400, "matchers[0]: there is no label 'sloo'"),
        ({"matchers": [MATCHER | {"op": "=~", "value": "("}]}, 400, "no regular expression"),
        ({"duration": None}, 400, "either `ends_at` or `duration`"),
        ({"ends_at": text(1)}, 400, "either `ends_at` or `duration`"),
        ({"duration": "soon"}, 400, "'soon' is no length of time"),
        ({"duration": "0m"}, 400, "'0m' is no length of time"),
        ({"duration": None, "ends_at": text(-1)}, 400, "over before it begins"),
        ({"duration": "999999999d"}, 400, "400 days at most"),
        ({"starts_at": text(2), "duration": None, "ends_at": text(1)}, 400, "over before"),
        ({"until": text(1)}, 422, "until"),
    ],
)
async def test_a_silence_that_means_nothing_is_refused(
    client: AsyncClient, more: dict[str, Any], status: int, detail: str
) -> None:
    answer = await client.post("/v1/silences", json=asked(**more))
    assert answer.status_code == status
    assert detail in answer.json()["detail"]
    assert await listed(client, "?over=true") == []


async def test_a_silence_that_is_not_there_is_not_found(client: AsyncClient) -> None:
    for method in ("GET", "DELETE"):
        answer = await client.request(method, "/v1/silences/nothing")
        assert answer.status_code == 404

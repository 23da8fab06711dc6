"""`GET /v1/slos` over HTTP."""

from typing import Any

from httpx import AsyncClient

from shared.domain.slo import SLO
from tests.unit.api.world import NOW, World, named

Answer = dict[str, Any]


async def get(client: AsyncClient, url: str) -> Answer:
    answer = await client.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: Answer = answer.json()
    return found


def names(answer: Answer) -> list[str]:
    return [item["slo"] for item in answer["items"]]


async def three_states(world: World) -> None:
    catalogue = await world.define(
        named("good"), named("bad", service="search"), named("empty", service="search")
    )
    slos: dict[str, SLO] = {slo.name: slo for slo in catalogue.slos}
    await world.counted(slos["good"], 100, 100)
    await world.counted(slos["bad"], 0, 100)
    await world.counted(slos["empty"], 0, 0)


async def test_nothing_is_defined_at_first(client: AsyncClient) -> None:
    assert await get(client, "/v1/slos") == {
        "next_cursor": None,
        "items": [],
        "states": {"breached": 0, "stale": 0, "at_risk": 0, "no_data": 0, "ok": 0},
    }


async def test_every_slo_is_listed_by_name(world: World, client: AsyncClient) -> None:
    await three_states(world)

    answer = await get(client, "/v1/slos")

    assert names(answer) == ["bad", "empty", "good"]
    assert [item["state"] for item in answer["items"]] == ["breached", "no_data", "ok"]
    assert answer["states"] == {"breached": 1, "stale": 0, "at_risk": 0, "no_data": 1, "ok": 1}
    assert answer["items"][0] == await get(client, "/v1/slos/bad")


async def test_the_second_in_progress_lies_not_in_the_future(
    world: World, client: AsyncClient
) -> None:
    await three_states(world)
    world.now = NOW + 0.4

    assert (await get(client, f"/v1/slos/good?at={NOW + 1}"))["state"] == "ok"
    answer = await client.get(f"/v1/slos/good?at={NOW + 2}")
    assert answer.status_code == 400, answer.text


async def test_a_list_is_filtered(world: World, client: AsyncClient) -> None:
    await three_states(world)

    assert names(await get(client, "/v1/slos?service=search")) == ["bad", "empty"]
    assert names(await get(client, "/v1/slos?state=ok")) == ["good"]
    assert names(await get(client, "/v1/slos?team=payments&state=breached")) == ["bad"]
    assert names(await get(client, "/v1/slos?team=nobody")) == []


async def test_a_list_is_read_in_pages(world: World, client: AsyncClient) -> None:
    await three_states(world)

    first = await get(client, "/v1/slos?order=state&limit=2")
    rest = await get(client, f"/v1/slos?order=state&limit=2&cursor={first['next_cursor']}")

    assert names(first) == ["bad", "empty"]
    assert names(rest) == ["good"]
    assert rest["next_cursor"] is None


async def test_new_figures_show_at_the_next_request(world: World, client: AsyncClient) -> None:
    (slo,) = (await world.define(named("one"))).slos
    await world.counted(slo, 1, 1)
    assert (await get(client, "/v1/slos/one"))["objectives"][0]["total"] == 1

    await world.counted(slo, 2, 2)

    assert (await get(client, "/v1/slos/one"))["objectives"][0]["total"] == 2


async def test_new_definitions_show_at_the_next_request(world: World, client: AsyncClient) -> None:
    (slo,) = (await world.define(named("one"))).slos
    await world.counted(slo, 95, 100)
    assert (await get(client, "/v1/slos/one"))["state"] == "breached"

    await world.define(named("one", target="0.5"))

    answer = await get(client, "/v1/slos/one")
    assert (answer["objectives"][0]["target"], answer["revision"]) == (0.5, 2)


async def test_figures_of_a_stopped_evaluator_become_stale(
    world: World, client: AsyncClient
) -> None:
    (slo,) = (await world.define(named("one"))).slos
    await world.counted(slo, 1, 1)
    world.now = NOW + 61

    answer = await get(client, "/v1/slos/one")

    assert answer["state"] == "stale"
    assert answer["at"] == "2026-11-23T06:00:00Z"


async def test_an_slo_of_another_system_is_listed_with_the_reason(
    world: World, client: AsyncClient
) -> None:
    elsewhere = named("elsewhere").replace(
        "metricSourceRef: requests, spec: {", "type: Prometheus, spec: {"
    )
    await world.define(elsewhere)

    (one,) = (await get(client, "/v1/slos"))["items"]

    assert (one["state"], one["objectives"]) == ("no_data", [])
    assert one["reason"].startswith("not evaluated: ")
    assert names(await get(client, "/v1/slos?state=no_data")) == ["elsewhere"]


async def test_an_unknown_name_is_404(client: AsyncClient) -> None:
    answer = await client.get("/v1/slos/nowhere")

    assert answer.status_code == 404
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not found",
        "status": 404,
        "detail": "there is no SLO named 'nowhere'",
    }


async def test_a_name_may_hold_slashes(world: World, client: AsyncClient) -> None:
    await world.define(named("team/checkout"))
    for path in ("team/checkout", "team%2Fcheckout"):
        assert (await get(client, f"/v1/slos/{path}"))["slo"] == "team/checkout"
        assert len((await get(client, f"/v1/slos/{path}/history"))["items"]) == 120

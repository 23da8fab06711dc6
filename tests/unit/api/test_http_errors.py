"""How the api says no: problem documents, always."""

import base64
from typing import cast

import pytest
from httpx import AsyncClient, Response

from services.api.errors import STATUS
from shared.domain.errors import StoreUnavailable
from tests.unit.api.world import AVAILABILITY, World


def problem(answer: Response, status: int) -> dict[str, object]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    found: dict[str, object] = answer.json()
    assert found["status"] == status
    assert found["title"]
    return found


async def test_an_unknown_path_is_404(client: AsyncClient) -> None:
    assert problem(await client.get("/v1/nothing"), 404)["detail"] == "GET /v1/nothing"


async def test_a_wrong_method_is_405_and_names_the_right_ones(client: AsyncClient) -> None:
    answer = await client.put("/v1/events")

    problem(answer, 405)
    assert answer.headers["allow"] == "POST"


async def test_an_unknown_parameter_is_refused_with_the_likely_one(client: AsyncClient) -> None:
    found = problem(await client.get("/v1/slos?servce=checkout"), 422)

    assert found["detail"] == "there is no query parameter 'servce'; did you mean 'service'?"


async def test_an_unknown_parameter_is_refused_with_all_there_are(client: AsyncClient) -> None:
    found = problem(await client.get("/v1/definitions?x=1"), 422)

    assert found["detail"] == ("there is no query parameter 'x'; there are: cursor, kind, limit")


@pytest.mark.parametrize(
    ("query", "path"),
    [("limit=0", "query.limit"), ("limit=many", "query.limit"), ("state=fine", "query.state")],
)
async def test_a_bad_parameter_is_named(client: AsyncClient, query: str, path: str) -> None:
    found = problem(await client.get(f"/v1/slos?{query}"), 422)

    assert isinstance(found["errors"], list)
    assert [error["path"] for error in found["errors"]] == [path]
    assert path.partition(".")[2] in str(found["detail"])


@pytest.mark.parametrize("path", ["slos", "alerts", "definitions", "audit", "notifications"])
async def test_a_made_up_cursor_is_a_bad_request(client: AsyncClient, path: str) -> None:
    await client.post("/v1/definitions", content=AVAILABILITY)
    for text in ("x", "{}", "1", "[" * 5_000, "[[1]]", '[{"a": 1}]', "[NaN]", "[1e400]"):
        cursor = base64.urlsafe_b64encode(text.encode()).decode()
        problem(await client.get(f"/v1/{path}", params={"cursor": cursor}), 400)


@pytest.mark.parametrize("path", ["/v1/slos", "/v1/slos/x", "/v1/definitions"])
async def test_the_database_away_is_503_and_says_when_to_come_back(
    world: World, client: AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> int:
        raise StoreUnavailable("the database at db:5432/leeway did not answer")

    monkeypatch.setattr(world.definitions, "revision", away)

    answer = await client.get(path)

    assert "db:5432" in str(problem(answer, 503)["detail"])
    assert answer.headers["retry-after"] == "5"


async def test_a_bug_is_500_and_keeps_its_details_to_the_log(
    world: World, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> int:
        raise RuntimeError("secret")

    monkeypatch.setattr(world.definitions, "revision", broken)

    answer = await client.get("/v1/slos")

    problem(answer, 500)
    assert "secret" not in answer.text


def test_no_error_of_the_table_hides_another() -> None:
    kinds = list(STATUS)
    assert [
        k for k in kinds if any(k is not other and issubclass(k, other) for other in kinds)
    ] == []


async def test_nothing_may_be_read_from_another_origin(client: AsyncClient) -> None:
    answer = await client.get("/v1/slos", headers={"origin": "https://elsewhere.example"})

    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_page_of_another_site_cannot_change_anything(
    world: World, client: AsyncClient, method: str
) -> None:
    path = "/v1/definitions" if method == "POST" else "/v1/definitions/SLO/x"
    text = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: x}\nspec: {}"

    for origin in ("https://elsewhere.example", "http://api:81", "null"):
        answer = await client.request(method, path, content=text, headers={"origin": origin})
        problem(answer, 403)
    assert await world.definitions.revision() == 0

    own = await client.request(method, path, content=text, headers={"origin": "http://api"})
    assert own.status_code in (200, 404)


@pytest.mark.parametrize(
    ("kind", "advice"), [("Bogus", "there are DataSource, SLO, "), ("slo", "did you mean SLO?")]
)
async def test_an_unknown_kind_is_404_and_says_which_there_are(
    client: AsyncClient, kind: str, advice: str
) -> None:
    for answer in (
        await client.delete(f"/v1/definitions/{kind}/x"),
        await client.get(f"/v1/definitions/{kind}/x"),
    ):
        assert f"there is no kind {kind!r}: {advice}" in str(problem(answer, 404)["detail"])


@pytest.mark.parametrize("path", ["/v1/definitions", "/v1/audit"])
async def test_a_list_of_an_unknown_kind_is_422_and_not_empty(
    client: AsyncClient, path: str
) -> None:
    for kind, advice in (("Bogus", "there are DataSource, SLO, "), ("slo", "did you mean SLO?")):
        answer = await client.get(path, params={"kind": kind})
        (error,) = cast(list[dict[str, str]], problem(answer, 422)["errors"])
        assert error["message"].startswith(f"kind: there is no kind {kind!r}: {advice}")
    assert (await client.get(path, params={"kind": "SLO"})).status_code == 200


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
async def test_a_body_that_is_not_said_to_be_json_is_415(client: AsyncClient, kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    answer = await client.post("/v1/silences", content='{"matchers": {}}', headers=headers)
    assert "`Content-Type: application/json`" in str(problem(answer, 415)["detail"])


async def test_json_that_is_no_object_is_422_whatever_it_is_said_to_be(client: AsyncClient) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    answer = await client.post("/v1/silences", content="[]", headers=headers)
    problem(answer, 422)

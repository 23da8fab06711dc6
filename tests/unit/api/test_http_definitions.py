"""`/v1/definitions` over HTTP."""

from typing import Any

from httpx import AsyncClient

from shared.domain.errors import RevisionConflict
from shared.sql.definitions import Applied, Change
from tests.unit.api.world import AVAILABILITY, SHARDS, TOPIC, World, named, snapshot_of

Answer = dict[str, Any]
SLI = """
apiVersion: openslo/v1
kind: SLI
metadata: {name: answered}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {metricSourceRef: requests, spec: {query: "status < 500"}}}
    total: {metricSource: {metricSourceRef: requests, spec: {query: "true"}}}
"""
BY_REFERENCE = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: referring}
spec:
  service: checkout
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicatorRef: answered
  objectives: [{displayName: availability, target: 0.999}]
"""
SERVICE = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: checkout}\nspec: {}\n"


async def apply(client: AsyncClient, text: str, query: str = "", status: int = 200) -> Answer:
    answer = await client.post(f"/v1/definitions{query}", content=text)
    assert answer.status_code == status, answer.text
    found: Answer = answer.json()
    return found


async def test_definitions_are_created_changed_and_left_alone(client: AsyncClient) -> None:
    both = SERVICE + "---" + AVAILABILITY

    created = await apply(client, both)
    changed = await apply(client, both.replace("0.999", "0.99"))
    same = await apply(client, both.replace("0.999", "0.99"))

    slo, service = "SLO/checkout-availability", "Service/checkout"
    assert created == {
        "revision": 1,
        "created": [slo, service],
        "changed": [],
        "unchanged": [],
        "deleted": [],
        "warnings": [],
    }
    assert (changed["revision"], changed["changed"], changed["unchanged"]) == (2, [slo], [service])
    assert (same["revision"], same["changed"], same["unchanged"]) == (2, [], [slo, service])


async def test_json_is_taken_as_well(client: AsyncClient) -> None:
    answer = await client.post(
        "/v1/definitions",
        json=[
            {
                "apiVersion": "openslo/v1",
                "kind": "Service",
                "metadata": {"name": "x"},
                "spec": {},
            }
        ],
    )

    assert answer.json()["created"] == ["Service/x"]


async def test_a_dry_run_says_what_would_change_and_changes_nothing(
    world: World, client: AsyncClient
) -> None:
    await apply(client, SERVICE)

    answer = await apply(client, SERVICE + "---" + AVAILABILITY, "?dry_run=true")

    assert (answer["revision"], answer["created"], answer["unchanged"]) == (
        1,
        ["SLO/checkout-availability"],
        ["Service/checkout"],
    )
    assert await world.definitions.revision() == 1


async def test_a_service_without_a_document_is_a_warning(client: AsyncClient) -> None:
    (warning,) = (await apply(client, AVAILABILITY))["warnings"]

    assert "checkout" in warning["message"]
    assert warning["path"] == "spec.service"


async def test_every_mistake_is_answered_with_its_place(world: World, client: AsyncClient) -> None:
    bad = AVAILABILITY.replace("0.999", "1.2").replace("status < 500", "status <")

    answer = await client.post("/v1/definitions?file=a.yaml", content=bad)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["title"] == "Invalid definitions"
    target = next(e for e in problem["errors"] if e["path"] == "spec.objectives[0].target")
    lines = bad.splitlines()
    assert (target["file"], target["line"]) == ("a.yaml", lines.index("      target: 1.2") + 1)
    assert target["column"] == 7
    assert "1.2" in target["message"]
    assert await world.definitions.revision() == 0


async def test_text_that_is_no_yaml_is_a_problem_with_a_line(client: AsyncClient) -> None:
    answer = await apply(client, "kind: SLO\nmetadata: [", status=422)

    assert answer["errors"][0]["line"] in (2, 3)


async def test_nothing_and_bytes_are_refused(client: AsyncClient) -> None:
    assert (await client.post("/v1/definitions", content=b"")).status_code == 422
    assert (await client.post("/v1/definitions", content=b"\xff\xfe")).status_code == 400


async def test_what_is_in_force_answers_references(client: AsyncClient) -> None:
    missing = await apply(client, BY_REFERENCE, status=422)
    assert "answered" in missing["errors"][0]["message"]

    await apply(client, SLI)

    assert (await apply(client, BY_REFERENCE))["created"] == ["SLO/referring"]


async def test_what_is_referred_to_cannot_be_deleted(client: AsyncClient) -> None:
    await apply(client, SLI)
    await apply(client, BY_REFERENCE)

    answer = await client.delete("/v1/definitions/SLI/answered")

    assert answer.status_code == 409
    assert "SLO/referring" in answer.json()["detail"]
    assert (await client.delete("/v1/definitions/SLO/referring")).status_code == 200
    gone = (await client.delete("/v1/definitions/SLI/answered")).json()
    assert (gone["revision"], gone["deleted"]) == (4, ["SLI/answered"])


async def test_deleting_what_is_not_there_is_404(client: AsyncClient) -> None:
    answer = await client.delete("/v1/definitions/SLO/nowhere")

    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no SLO named 'nowhere'"


async def test_a_base_revision_that_is_not_in_force_is_a_conflict(client: AsyncClient) -> None:
    await apply(client, SERVICE)

    await apply(client, AVAILABILITY, "?base_revision=0", status=409)
    answer = await apply(client, AVAILABILITY, "?base_revision=1")

    assert answer["revision"] == 2


async def test_somebody_elses_change_in_between_is_not_lost(
    world: World, client: AsyncClient
) -> None:
    stored = world.definitions.apply

    async def apply_late(change: Change) -> Applied:
        world.definitions.apply = stored  # type: ignore[method-assign]
        await world.define(named("theirs"))
        return await stored(change)

    world.definitions.apply = apply_late  # type: ignore[method-assign]

    answer = await apply(client, named("ours"))

    assert answer["revision"] == 2
    counted = (await world.definitions.load()).counted_from
    assert [name for name, _ in counted] == ["ours", "theirs"]


async def test_a_store_that_always_changes_is_a_conflict(world: World, client: AsyncClient) -> None:
    async def never(change: Change) -> Applied:
        raise RevisionConflict("again")

    world.definitions.apply = never  # type: ignore[method-assign]

    await apply(client, AVAILABILITY, status=409)


async def test_definitions_are_listed(client: AsyncClient) -> None:
    await apply(client, SERVICE + "---" + AVAILABILITY)

    first = (await client.get("/v1/definitions?limit=1")).json()
    second = (await client.get(f"/v1/definitions?limit=1&cursor={first['next_cursor']}")).json()
    services = (await client.get("/v1/definitions?kind=Service")).json()

    assert (first["items"][0]["kind"], first["items"][0]["name"]) == (
        "SLO",
        "checkout-availability",
    )
    assert second["items"] == services["items"]
    assert second["next_cursor"] is None
    assert services["items"] == [
        {
            "kind": "Service",
            "name": "checkout",
            "body": {
                "apiVersion": "openslo/v1",
                "kind": "Service",
                "metadata": {"name": "checkout"},
                "spec": {},
            },
        }
    ]


async def revisions(client: AsyncClient) -> tuple[int, int | None]:
    answer = (await client.get("/v1/definitions")).json()
    return answer["revision"], answer["reported_revision"]


async def test_a_revision_is_reported_once_every_topic_is_counted_by_it(
    world: World, client: AsyncClient
) -> None:
    assert await revisions(client) == (0, 0)
    await apply(client, SERVICE)
    assert await revisions(client) == (1, 1)  # nothing is counted, so nothing is waited for

    await apply(client, AVAILABILITY)
    assert await revisions(client) == (2, None)

    await world.evaluated(snapshot_of({}, [], shard=0, reported={TOPIC: 1, "other": 9}))
    await world.evaluated(snapshot_of({}, [], shard=SHARDS - 1))
    assert await revisions(client) == (2, 1)

    await world.evaluated(snapshot_of({}, [], shard=SHARDS - 1, reported={TOPIC: 2}))
    assert await revisions(client) == (2, 2)


async def test_names_are_pages_of_their_own(client: AsyncClient) -> None:
    await apply(client, "---".join(named(f"slo-{i}") for i in range(7)))

    names, cursor = [], ""
    while cursor is not None:
        query = f"?limit=3&kind=SLO{f'&cursor={cursor}' if cursor else ''}"
        page = (await client.get(f"/v1/definitions{query}")).json()
        names += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert names == [f"slo-{i}" for i in range(7)]

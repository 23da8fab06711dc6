"""`/v1/definitions` over HTTP."""

from typing import Any

import pytest
from httpx import AsyncClient

from shared.definitions.schema import json_schema
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
    assert [change["action"] for change in created.pop("changes")] == ["created", "created"]
    assert created == {
        "revision": 1,
        "created": [slo, service],
        "changed": [],
        "unchanged": [],
        "deleted": [],
        "warnings": [],
        "recounted": [],
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


async def test_a_change_is_answered_in_full_before_and_after(client: AsyncClient) -> None:
    await apply(client, AVAILABILITY)

    (change,) = (await apply(client, AVAILABILITY.replace("0.999", "0.99")))["changes"]

    assert (change["kind"], change["name"]) == ("SLO", "checkout-availability")
    targets = [change[when]["spec"]["objectives"][0]["target"] for when in ("before", "after")]
    assert (change["action"], targets) == ("changed", [0.999, 0.99])


async def test_counting_something_else_is_said_and_a_new_target_is_not(
    client: AsyncClient,
) -> None:
    await apply(client, AVAILABILITY)

    looser = await apply(client, AVAILABILITY.replace("0.999", "0.9"), "?dry_run=true")
    other = await apply(client, AVAILABILITY.replace("< 500", "< 400"), "?dry_run=true")

    assert looser["recounted"] == []
    assert other["recounted"] == ["SLO/checkout-availability"]


async def test_what_refers_to_each_other_goes_together(client: AsyncClient) -> None:
    await apply(client, SLI)
    await apply(client, BY_REFERENCE)

    answer = await client.post("/v1/definitions/delete", content=SLI + "---" + BY_REFERENCE)

    assert answer.json()["deleted"] == ["SLI/answered", "SLO/referring"]
    assert answer.json()["revision"] == 3


async def test_what_has_no_kind_or_name_cannot_be_deleted_and_is_pointed_at(
    client: AsyncClient,
) -> None:
    answer = await client.post("/v1/definitions/delete", content="kind: SLO\n---\nmetadata: {}\n")
    assert answer.status_code == 422
    assert [(one["line"], one["message"]) for one in answer.json()["errors"]] == [
        (1, "what is to be deleted needs `kind` and `metadata.name`"),
        (3, "what is to be deleted needs `kind` and `metadata.name`"),
    ]


LABELLED = (
    "apiVersion: openslo/v1\nkind: Service\nmetadata: {{name: {}, labels: {{{}}}}}\nspec: {{}}"
)


async def test_pruning_removes_what_has_the_labels_and_is_not_in_the_set(
    client: AsyncClient,
) -> None:
    ours = [LABELLED.format(name, "team: payments, tier: [a, b]") for name in ("one", "two")]
    theirs = LABELLED.format("three", "team: search, tier: a")
    await apply(client, "\n---\n".join([*ours, theirs]))

    dry = await apply(client, ours[0], "?prune=team=payments,tier=b&dry_run=true")
    done = await apply(client, ours[0], "?prune=team=payments,tier=b")
    again = await apply(client, ours[0], "?prune=team=payments")

    assert dry["deleted"] == done["deleted"] == ["Service/two"]
    assert (done["unchanged"], done["revision"]) == (["Service/one"], 2)
    assert (again["deleted"], again["revision"]) == ([], 2)


async def test_pruning_what_others_need_changes_nothing(world: World, client: AsyncClient) -> None:
    labelled = SLI.replace("{name: answered}", "{name: answered, labels: {team: payments}}")
    await apply(client, labelled)
    await apply(client, BY_REFERENCE)

    answer = await apply(client, SERVICE, "?prune=team=payments", status=409)

    assert "SLO/referring" in answer["detail"]
    assert await world.definitions.revision() == 2


@pytest.mark.parametrize("selector", ["", "team", "team=", "=x", "a=1,a=2", "a=1,"])
async def test_pruning_without_labels_is_refused(client: AsyncClient, selector: str) -> None:
    await apply(client, SERVICE, f"?prune={selector}", status=400)


async def test_deleting_what_is_not_there_is_404(client: AsyncClient) -> None:
    answer = await client.delete("/v1/definitions/SLO/nowhere")

    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no SLO named 'nowhere'"


async def test_a_base_revision_that_is_not_in_force_is_a_conflict(client: AsyncClient) -> None:
    await apply(client, SERVICE)

    await apply(client, AVAILABILITY, "?base_revision=0", status=409)
    answer = await apply(client, AVAILABILITY, "?base_revision=1")

    assert answer["revision"] == 2


async def test_a_conflict_names_who_changed_what(client: AsyncClient) -> None:
    await apply(client, SERVICE)
    ann = {"x-leeway-user": "ann%20%C3%A9"}
    await client.post("/v1/definitions", content=AVAILABILITY, headers=ann)

    answer = await apply(client, SERVICE, "?base_revision=1", status=409)

    assert "revision 2 by ann é at" in answer["detail"]
    assert "SLO/checkout-availability created" in answer["detail"]
    assert [one["name"] for one in answer["errors"]] == ["checkout-availability"]


async def test_one_definition_and_its_history_are_read(client: AsyncClient) -> None:
    await apply(client, AVAILABILITY)
    await apply(client, AVAILABILITY.replace("0.999", "0.99"))

    path = "/v1/definitions/SLO/checkout-availability"
    found = (await client.get(path)).json()
    history = (await client.get(f"{path}/history?limit=1")).json()
    later = (await client.get(f"{path}/history?cursor={history['next_cursor']}")).json()

    assert (found["created_revision"], found["changed_revision"]) == (1, 2)
    assert found["body"]["spec"]["objectives"][0]["target"] == 0.99
    assert (history["items"][0]["before"], history["items"][0]["action"]) == (None, "created")
    assert [one["revision"] for one in later["items"]] == [2]
    assert (await client.get("/v1/definitions/SLO/nope")).status_code == 404
    assert (await client.get("/v1/definitions/SLO/nope/history")).status_code == 404
    assert (await client.get("/v1/definitions/SLO/%00")).status_code == 422


async def test_a_name_may_hold_slashes(client: AsyncClient) -> None:
    await apply(client, SERVICE.replace("name: checkout", "name: a/history"))

    assert (await client.get("/v1/definitions/Service/a%2Fhistory/history")).status_code == 200
    assert (await client.delete("/v1/definitions/Service/a%2Fhistory")).status_code == 200


async def test_the_audit_log_tells_who_changed_what(client: AsyncClient) -> None:
    ann = {"x-leeway-user": "ann"}
    await client.post("/v1/definitions", content=SERVICE + "---" + AVAILABILITY, headers=ann)
    await client.delete("/v1/definitions/Service/checkout", headers={"x-leeway-user": "bob"})

    first = (await client.get("/v1/audit?limit=2")).json()
    second = (await client.get(f"/v1/audit?limit=2&cursor={first['next_cursor']}")).json()
    by_bob = (await client.get("/v1/audit?author=bob")).json()["items"]

    entries = [*first["items"], *second["items"]]
    assert [(one["revision"], one["author"], one["action"], one["kind"]) for one in entries] == [
        (2, "bob", "deleted", "Service"),
        (1, "ann", "created", "SLO"),
        (1, "ann", "created", "Service"),
    ]
    assert second["next_cursor"] is None
    assert by_bob == entries[:1]
    assert not entries[0]["verified"]
    assert (await client.get("/v1/audit?cursor=WzFd")).status_code == 400


async def test_somebody_elses_change_in_between_is_not_lost(
    world: World, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = world.definitions.apply

    async def apply_late(change: Change) -> Applied:
        monkeypatch.undo()
        await world.define(named("theirs"))
        return await stored(change)

    monkeypatch.setattr(world.definitions, "apply", apply_late)

    answer = await apply(client, named("ours"))

    assert answer["revision"] == 2
    counted = (await world.definitions.load()).counted_from
    assert [name for name, _ in counted] == ["ours", "theirs"]


async def test_a_store_that_always_changes_is_a_conflict(
    world: World, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(change: Change) -> Applied:
        raise RevisionConflict("again")

    monkeypatch.setattr(world.definitions, "apply", never)

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
            "over": False,
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


async def test_each_topic_is_reported_by_the_shards_that_read_it(
    world: World, client: AsyncClient
) -> None:
    elsewhere = AVAILABILITY.replace("metricSourceRef: requests", "metricSourceRef: uptime")
    await apply(client, AVAILABILITY)
    await apply(client, elsewhere.replace("checkout-availability", "database-availability"))

    await world.evaluated(snapshot_of({}, [], shard=0, reported={TOPIC: 2}))
    assert await revisions(client) == (2, None)

    await world.evaluated(snapshot_of({}, [], shard=1, reported={"leeway.uptime.v1": 1}))
    assert await revisions(client) == (2, 1)


async def test_names_are_pages_of_their_own(client: AsyncClient) -> None:
    await apply(client, "---".join(named(f"slo-{i}") for i in range(7)))

    names, cursor = [], ""
    while cursor is not None:
        query = f"?limit=3&kind=SLO{f'&cursor={cursor}' if cursor else ''}"
        page = (await client.get(f"/v1/definitions{query}")).json()
        names += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert names == [f"slo-{i}" for i in range(7)]


async def test_the_schema_of_definitions_is_served(client: AsyncClient) -> None:
    answer = await client.get("/v1/schema")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json() == json_schema()

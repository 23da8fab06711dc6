"""`/v1/alerts` over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from shared.sql.alert_rows import AlertChanges, AlertRow, TransitionRow
from tests.support.flush import AT, alert_row
from tests.unit.api.world import World

MINUTE = timedelta(minutes=1)


def recorded(world: World, *rows: AlertRow) -> None:
    """Let evaluators have recorded these alerts."""
    assert not isinstance(world.alerts, type(None))
    steps = [TransitionRow("a", 1, AT, "firing", None, '{"sli":0.9}')]
    world.alerts.write(AlertChanges(rows, steps))  # type: ignore[union-attr]


async def ids(client: AsyncClient, query: str = "") -> list[str]:
    answer = await client.get(f"/v1/alerts{query}")
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_an_alert_is_answered_with_its_transitions(world: World, client: AsyncClient) -> None:
    recorded(world, alert_row(group={"tenant": "a"}))
    expected: dict[str, Any] = {
        "id": "a",
        "slo": "slo-0",
        "objective": "availability",
        "service": "shop",
        "group": {"tenant": "a"},
        "policy": "fast-burn",
        "condition": "page",
        "severity": "page",
        "page": True,
        "state": "firing",
        "from": "2026-11-23T06:00:00Z",
        "to": None,
        "reason": None,
        "pending_since": None,
        "acknowledged": None,
        "transitions": [
            {
                "at": "2026-11-23T06:00:00Z",
                "state": "firing",
                "reason": None,
                "figures": {"sli": 0.9},
            }
        ],
        "notifications": [],
    }
    assert (await client.get("/v1/alerts/a")).json() == expected
    assert (await client.get("/v1/alerts")).json() == {"items": [expected], "next_cursor": None}


async def test_alerts_are_filtered(world: World, client: AsyncClient) -> None:
    recorded(
        world,
        alert_row("a"),
        alert_row("b", began_at=AT + MINUTE, slo="other", state="pending"),
        alert_row("c", began_at=AT + 2 * MINUTE, state="resolved", severity="ticket"),
        alert_row("d", began_at=AT + 3 * MINUTE, state="inactive", service="bank"),
    )
    assert await ids(client) == ["c", "b", "a"]
    assert await ids(client, "?state=firing") == ["a"]
    assert await ids(client, "?state=inactive&service=bank") == ["d"]
    assert await ids(client, "?slo=other") == ["b"]
    assert await ids(client, "?severity=ticket") == ["c"]


async def test_alerts_are_read_page_by_page(world: World, client: AsyncClient) -> None:
    recorded(world, *(alert_row(name) for name in "abc"))
    first = (await client.get("/v1/alerts?limit=2")).json()
    second = (await client.get(f"/v1/alerts?limit=2&cursor={first['next_cursor']}")).json()
    assert [one["id"] for one in first["items"] + second["items"]] == ["c", "b", "a"]
    assert second["next_cursor"] is None


async def test_an_alert_is_acknowledged_by_name_with_a_note(
    world: World, client: AsyncClient
) -> None:
    recorded(world, alert_row())
    answer = await client.post("/v1/alerts/a/acknowledge", json={"by": "ada", "note": "on it"})
    assert answer.status_code == 200
    said = answer.json()["acknowledged"]
    assert (said["by"], said["note"]) == ("ada", "on it")
    assert (await client.get("/v1/alerts/a")).json()["acknowledged"] == said


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "detail"),
    [
        ("GET", "/v1/alerts/nothing", None, 404, "there is no alert named 'nothing'"),
        ("POST", "/v1/alerts/nothing/acknowledge", {}, 404, "there is no alert named 'nothing'"),
        ("POST", "/v1/alerts/a/acknowledge", {"who": "ada"}, 422, "who"),
        ("GET", "/v1/alerts?state=burning", None, 422, "state"),
        ("GET", "/v1/alerts?slos=x", None, 422, "did you mean 'slo'"),
        ("GET", "/v1/alerts?cursor=WyJhIl0", None, 400, "belongs to another list"),
    ],
)
async def test_a_request_that_cannot_be_answered_says_why(
    world: World,
    client: AsyncClient,
    method: str,
    path: str,
    body: dict[str, str] | None,
    status: int,
    detail: str,
) -> None:
    recorded(world, alert_row())
    answer = await client.request(method, path, json=body)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]

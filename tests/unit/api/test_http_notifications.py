"""`/v1/notifications` and `/v1/targets` over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from services.api.notifying import utc
from shared.notification import Event, decode_notification
from shared.sql.alert_rows import AlertChanges, Delivery
from shared.sql.outbox import Settled
from tests.support.flush import AT, alert_row, notice
from tests.unit.api.world import NOW, World

TARGETS = """
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: chat, annotations: {leeway/url-env: CHAT_URL}}
spec: {target: slack, description: The channel of the team}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: on-call, annotations: {leeway/type: pagerduty, leeway/url: "https://x"}}
spec: {target: pager}
"""


async def get(client: AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(client: AsyncClient, path: str, status: int = 200) -> Any:
    answer = await client.post(path)
    assert answer.status_code == status, answer.text
    return answer.json()


async def fill(world: World, count: int = 3) -> None:
    states = (Delivery.FAILED, Delivery.PENDING, Delivery.DELIVERED)
    for number in range(count):
        await world.notifications.add(notice(f"a{number}", state=states[number % 3]))


async def test_a_notification_says_what_became_of_it(world: World, client: AsyncClient) -> None:
    await fill(world)
    later = AT + timedelta(seconds=30)
    await world.outbox.settle([Settled("a1/1/mail", Delivery.PENDING, later, "answered 503")])
    assert await get(client, "/v1/notifications/a1/1/mail") == {
        "id": "a1/1/mail",
        "alert": "a1",
        "sequence": 1,
        "event": None,
        "target": "mail",
        "state": "pending",
        "attempts": 0,
        "next_attempt_at": "2026-11-23T06:00:30Z",
        "last_error": "answered 503",
        "created_at": "2026-11-23T06:00:00Z",
        "delivered_at": None,
    }


async def test_what_failed_is_listed_and_tried_again(world: World, client: AsyncClient) -> None:
    await fill(world, 6)
    failed = await get(client, "/v1/notifications?state=failed")
    assert [one["alert"] for one in failed["items"]] == ["a3", "a0"]
    again = await post(client, "/v1/notifications/a0/1/mail/retry")
    assert (again["state"], again["next_attempt_at"]) == ("pending", "2026-11-23T06:00:00Z")
    assert await post(client, "/v1/alerts/a3/retry") == {"retried": 1}
    assert await post(client, "/v1/notifications/retry?target=nobody") == {"retried": 0}
    assert await post(client, "/v1/notifications/retry") == {"retried": 4}


async def test_pages_follow_each_other(world: World, client: AsyncClient) -> None:
    await fill(world, 5)
    seen: list[str] = []
    cursor = ""
    while True:
        page = await get(client, f"/v1/notifications?limit=2{cursor}")
        seen += [one["alert"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["a4", "a3", "a2", "a1", "a0"]


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "WyJ4IiwieSJd", "WzEsMl0"])
async def test_a_cursor_of_another_list_is_refused(client: AsyncClient, cursor: str) -> None:
    answer = await client.get(f"/v1/notifications?cursor={cursor}")
    assert (answer.status_code, answer.json()["title"]) == (400, "Bad request")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/notifications/x/1/y"),
        ("POST", "/v1/notifications/x/1/y/retry"),
        ("POST", "/v1/targets/nobody/test"),
    ],
)
async def test_what_does_not_exist_is_not_found(
    client: AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == 404, answer.text


async def test_an_alert_says_whether_its_targets_know(world: World, client: AsyncClient) -> None:
    world.shards.alerts.write(AlertChanges([alert_row("a0")]))  # type: ignore[union-attr]
    await fill(world)
    (one,) = (await get(client, "/v1/alerts"))["items"]
    assert [(n["id"], n["state"]) for n in one["notifications"]] == [("a0/1/mail", "failed")]
    assert (await get(client, "/v1/alerts/a0"))["notifications"] == one["notifications"]


async def test_targets_say_what_they_need(world: World, client: AsyncClient) -> None:
    await world.define(TARGETS)
    found = (await get(client, "/v1/targets"))["items"]
    assert found == [
        {
            "name": "chat",
            "type": "slack",
            "description": "The channel of the team",
            "needs": None,
        },
        {
            "name": "on-call",
            "type": "pagerduty",
            "description": None,
            "needs": "leeway/routing-key-env or leeway/routing-key-file",
        },
    ]


async def test_a_test_of_a_target_waits_in_the_outbox_like_everything_else(
    world: World, client: AsyncClient
) -> None:
    await world.define(TARGETS)
    asked = await post(client, "/v1/targets/chat/test", 202)
    assert (asked["state"], asked["event"]) == ("pending", "test")
    (row,) = await world.outbox.due([0], utc(NOW))
    told = decode_notification(row.payload)
    assert (told.event, told.target, told.id) == (Event.TEST, "chat", asked["id"])
    assert (await get(client, f"/v1/notifications/{asked['id']}"))["id"] == asked["id"]

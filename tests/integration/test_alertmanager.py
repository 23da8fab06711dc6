"""What a real Alertmanager makes of our notifications."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.http import HttpxHttp
from services.evaluator.delivery.labels import fingerprint, labels
from services.evaluator.delivery.outcome import Refused
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.receivers.alertmanager import Alertmanager
from services.evaluator.delivery.receivers.alertmanager_webhook import payload
from shared.domain.target import Target, TargetKind, Written
from shared.notification import Event, Notification
from tests.conftest import missing
from tests.support.alertmanager import Alertmanager as Server
from tests.support.alertmanager import NoAlertmanager, running_alertmanagers
from tests.support.receiver import HttpReceiver, http_receiver
from tests.support.waiting import eventually
from tests.unit.evaluator.delivery.build import everything_huge, notification


@pytest.fixture(scope="module")
def hook() -> Iterator[HttpReceiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def servers(
    tmp_path_factory: pytest.TempPathFactory, hook: HttpReceiver
) -> Iterator[tuple[Server, ...]]:
    try:
        folder: Path = tmp_path_factory.mktemp("alertmanager")
        with running_alertmanagers(folder, 2, hook.url) as found:
            yield tuple(found)
    except NoAlertmanager as error:
        missing(error)


@pytest.fixture
async def receiver() -> AsyncIterator[Alertmanager]:
    async with httpx.AsyncClient() as client:
        yield Alertmanager(HttpxHttp(client))


def an_attempt(servers: tuple[Server, ...], told: Notification) -> Attempt:
    url = ", ".join(server.url for server in servers)
    access = Access(Target("am", TargetKind.ALERTMANAGER, Written(url)), url)
    return Attempt(told, access, datetime.now(UTC), "https://leeway.example.com/slos/x")


def about(slo: str, event: Event = Event.FIRING, **more: Any) -> Notification:
    now = datetime.now(UTC)
    return notification(event, slo=slo, at=now, starts_at=now - timedelta(minutes=5), **more)


async def shown(server: Server, slo: str) -> list[Any]:
    alerts = await asyncio.to_thread(server.alerts)
    return [alert for alert in alerts if alert["labels"]["slo"] == slo]


async def until_shown(server: Server, slo: str, count: int) -> list[Any]:
    async def so_many() -> bool:
        return len(await shown(server, slo)) == count

    await eventually(so_many, f"{count} alerts of {slo}")
    return await shown(server, slo)


async def test_every_member_shows_the_alert_until_it_is_resolved(
    servers: tuple[Server, ...], receiver: Alertmanager
) -> None:
    told = about("whole", group={"tenant": "a b"}, labels={"team.name": "payments"})
    await receiver.send(an_attempt(servers, told))
    for server in servers:
        (alert,) = await until_shown(server, "whole", 1)
        assert alert["labels"] == labels(told)
        assert alert["labels"]["team_name"] == "payments"
        assert alert["annotations"]["budget_left"].startswith("-47 %")
        assert alert["fingerprint"] == fingerprint(alert["labels"])
        assert alert["generatorURL"] == "https://leeway.example.com/slos/x"
    resolved = replace(told, event=Event.RESOLVED, at=datetime.now(UTC), reason="recovered")
    await receiver.send(an_attempt(servers, resolved))
    for server in servers:
        await until_shown(server, "whole", 0)


async def test_what_is_sent_again_stays_one_alert(
    servers: tuple[Server, ...], receiver: Alertmanager
) -> None:
    told = about("again")
    for _ in range(3):
        await receiver.send(an_attempt(servers, told))
    await until_shown(servers[0], "again", 1)


async def test_a_cluster_with_a_member_down_is_told_all_the_same(
    servers: tuple[Server, ...], receiver: Alertmanager
) -> None:
    gone = Server("http://127.0.0.1:9")
    await receiver.send(an_attempt((gone, servers[1]), about("half")))
    await until_shown(servers[1], "half", 1)
    await until_shown(servers[0], "half", 0)


async def test_texts_without_end_are_taken(
    servers: tuple[Server, ...], receiver: Alertmanager
) -> None:
    now = datetime.now(UTC)
    told = replace(everything_huge(), slo="huge", at=now, starts_at=now)
    await receiver.send(an_attempt(servers, told))
    await until_shown(servers[0], "huge", 1)


async def test_an_address_that_is_no_alertmanager_is_refused(
    servers: tuple[Server, ...], receiver: Alertmanager
) -> None:
    wrong = Server(f"{servers[0].url}/wrong")
    with pytest.raises(Refused, match="alertmanager answered 404"):
        await receiver.send(an_attempt((wrong,), about("wrong")))


async def test_our_webhook_in_alertmanagers_shape_has_the_keys_of_alertmanagers_own(
    servers: tuple[Server, ...], receiver: Alertmanager, hook: HttpReceiver
) -> None:
    told = about("hooked")
    await receiver.send(an_attempt(servers, told))

    async def sent() -> bool:
        return any(b'"hooked"' in got.body for got in hook.requests)

    await eventually(sent, "Alertmanager calls its webhook")
    theirs = next(got.json for got in hook.requests if b'"hooked"' in got.body)
    ours = payload(an_attempt(servers, told))
    assert ours.keys() == theirs.keys()
    (our_alert,), (their_alert,) = (
        json.loads(json.dumps(ours["alerts"], default=str)),
        theirs["alerts"],
    )
    assert our_alert.keys() == their_alert.keys()
    assert our_alert["fingerprint"] == their_alert["fingerprint"]
    assert (ours["version"], ours["status"]) == (theirs["version"], theirs["status"])
    assert their_alert["endsAt"] == our_alert["endsAt"]

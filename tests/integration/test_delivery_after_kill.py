"""The outbox outlives the process that works on it, whenever that is killed."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from shared.domain.series import shard_of
from shared.notification import Event, encode_notification
from shared.sql.alert_rows import Delivery, OutboxRow
from shared.sql.definitions import Change, SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.notifications import NotificationFilter, SqlNotifications
from shared.sql.schema.alert import outbox
from tests.support.kafka.cluster import Kafka
from tests.support.process import Service, Services, services
from tests.support.receiver import HttpReceiver, http_receiver
from tests.support.waiting import eventually
from tests.unit.evaluator.delivery.build import notification

SHARDS = 4
ALERTS, STEPS = 6, 4
KILLS = 2


class Installation:
    """A database with one target and much to tell it, and evaluators that come and go."""

    def __init__(self, url: str, started: Services, receiver: HttpReceiver) -> None:
        self.url = url
        self.started = started
        self.receiver = receiver

    async def prepare(self) -> None:
        """Define the target."""
        body = {
            "apiVersion": "openslo/v1",
            "kind": "AlertNotificationTarget",
            "metadata": {"name": "hook", "annotations": {"leeway/url": self.receiver.url}},
            "spec": {"target": "webhook"},
        }
        async with open_engine(self.url) as engine:
            await SqlDefinitions(engine).apply(Change(bodies=[body], indicators=set()))

    async def happen(self) -> list[str]:
        """Have every alert go through its steps at once; return the ids by alert and step."""
        now = datetime.now(UTC)
        ids = []
        async with open_engine(self.url) as engine:
            for alert in (f"a{number}" for number in range(ALERTS)):
                for step in range(1, STEPS + 1):
                    event = Event.FIRING if step % 2 else Event.RESOLVED
                    told = notification(event, step, alert=alert, target="hook", at=now)
                    ids.append(told.id)
                    await SqlNotifications(engine).add(
                        OutboxRow(
                            told.id,
                            shard_of(alert, SHARDS),
                            alert,
                            step,
                            "hook",
                            encode_notification(told),
                            Delivery.PENDING,
                            now,
                        )
                    )
        return ids

    async def undelivered(self) -> int:
        async with open_engine(self.url) as engine:
            pending = NotificationFilter(state=Delivery.PENDING)
            return len(await SqlNotifications(engine).list(pending, limit=1000))

    async def pass_the_lease(self) -> None:
        """Let the time be over for which a killed process kept what it was about to send."""
        async with open_engine(self.url) as engine, engine.begin() as connection:
            ago = datetime.now(UTC) - timedelta(seconds=1)
            await connection.execute(update(outbox).values(next_attempt_at=ago))

    def evaluator(self) -> Service:
        return self.started.start("evaluator")

    def told(self) -> list[str]:
        return [got.json["data"]["id"] for got in self.receiver.requests]


@pytest.fixture
async def installation(
    kafka: Kafka, database_url: str, tmp_path: Path
) -> AsyncIterator[Installation]:
    settings = {
        "LEEWAY_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "LEEWAY_DATABASE_URL": database_url,
        "LEEWAY_COUNTS_TOPIC": await kafka.create_topic(SHARDS),
        "LEEWAY_COUNTS_PARTITIONS": str(SHARDS),
        "LEEWAY_GROUP_PREFIX": f"delivery-{random.randrange(10**9)}-",
        "LEEWAY_KAFKA_SESSION_TIMEOUT_MS": "3000",
    }
    with http_receiver() as receiver, services(tmp_path, settings) as started:
        found = Installation(database_url, started, receiver)
        await found.prepare()
        yield found


async def test_whatever_is_killed_everything_arrives_in_order_and_only_what_was_cut_off_twice(
    installation: Installation,
) -> None:
    ids = await installation.happen()
    receiver = installation.receiver
    kills = 0
    while await installation.undelivered() and kills < KILLS:
        receiver.hang()
        evaluator = installation.evaluator()
        await asyncio.to_thread(receiver.hanging.wait, 60)
        assert receiver.hanging.is_set()
        evaluator.process.kill()
        evaluator.process.wait()
        kills += 1
        receiver.released.set()
        await installation.pass_the_lease()
    evaluator = installation.evaluator()

    async def all_told() -> bool:
        return await installation.undelivered() == 0

    await eventually(all_told, "everything is told", within=90)
    assert evaluator.terminate() == 0
    told = installation.told()
    assert set(told) == set(ids)
    assert kills == KILLS
    for alert in (f"a{number}" for number in range(ALERTS)):
        mine = [id_ for id_ in told if id_.startswith(f"{alert}/")]
        assert list(dict.fromkeys(mine)) == [f"{alert}/{n}/hook" for n in range(1, STEPS + 1)]
        assert mine == sorted(mine), "nothing older follows something newer"
    assert len(told) <= len(ids) + kills * 8, "at most what was under way is told twice"


async def test_an_outage_of_the_receiver_is_waited_out_and_visible(
    installation: Installation,
) -> None:
    receiver = installation.receiver
    receiver.status = 503
    ids = await installation.happen()
    evaluator = installation.evaluator()

    def told_so() -> bool:
        answer = evaluator.get("/metrics")
        return answer is not None and f'leeway_outbox_pending{{target="hook"}} {len(ids)}' in (
            answer.text
        )

    async def is_visible() -> bool:
        return await asyncio.to_thread(told_so)

    await eventually(is_visible, "the backlog is visible", within=60)
    metrics = evaluator.until_answering("/metrics", 200).text
    assert 'leeway_notifications_total{outcome="retried",target="hook"}' in metrics
    receiver.requests.clear()
    receiver.status = 200

    async def all_told() -> bool:
        return await installation.undelivered() == 0

    await eventually(all_told, "everything is told", within=90)
    assert sorted(installation.told()) == sorted(ids)
    assert evaluator.terminate() == 0

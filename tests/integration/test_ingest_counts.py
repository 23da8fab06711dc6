"""Ingest as a process on real Kafka: what it counts, and how it starts and stops."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.ingesting import Ingesting, events, send_fast
from tests.support.kafka.cluster import Kafka
from tests.support.kafka.sending import send


@pytest.fixture
async def ingesting(kafka: Kafka, tmp_path: Path) -> AsyncIterator[Ingesting]:
    running = Ingesting(kafka, tmp_path)
    yield running
    running.kill()


async def test_events_are_counted(kafka: Kafka, ingesting: Ingesting) -> None:
    topic = await kafka.create_topic(2)
    await ingesting.prepare(topic, "checkout")
    for partition in (0, 1):
        await send(kafka.bootstrap, topic, events(100, prefix=f"{partition}-"), partition=partition)
    ingesting.start()

    counted = await ingesting.until_counted("checkout", 200)

    assert counted.of("checkout") == (180, 200)
    assert (await ingesting.stop()) == [0]

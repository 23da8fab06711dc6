"""Ingest while partitions change their leader: two real brokers, of which one comes and goes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.integration.ingesting import Ingesting, events, send_fast
from tests.support.kafka.broker import Broker
from tests.support.kafka.cluster import Kafka, running_broker
from tests.support.kafka.packages import NoKafka
from tests.support.waiting import eventually

BOTH = """
default.replication.factor=2
offsets.topic.replication.factor=2
leader.imbalance.check.interval.seconds=1
"""
SECOND = """
process.roles=broker
node.id=2
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:$port
advertised.listeners=PLAINTEXT://127.0.0.1:$port
"""
PARTITIONS = 4


@dataclass(frozen=True)
class Pair:
    """A cluster that each topic is kept twice in; only `second` may go."""

    kafka: Kafka
    second: Broker


@pytest.fixture
def pair() -> Iterator[Pair]:
    try:
        with running_broker(properties=BOTH) as first:
            own = BOTH + SECOND.format(controller=first.controller_port)
            with running_broker(properties=own) as second:
                yield Pair(Kafka(first.bootstrap, first), second)
    except NoKafka as error:
        missing(error)


@pytest.fixture
async def ingesting(pair: Pair, tmp_path: Path) -> AsyncIterator[Ingesting]:
    running = Ingesting(pair.kafka, tmp_path)
    yield running
    running.kill()


async def test_nothing_is_lost_or_doubled_when_leaders_change(
    pair: Pair, ingesting: Ingesting
) -> None:
    topic = await pair.kafka.create_topic(PARTITIONS)
    await ingesting.prepare(topic, "checkout")
    assert set(await pair.kafka.leaders(topic)) == {1, 2}
    process = ingesting.start()
    await send_to_all(pair.kafka, topic, "before")
    await ingesting.until_counted("checkout", 1_000, within=90)

    pair.second.kill()
    await until_led_by(pair.kafka, topic, {1})
    await send_to_all(pair.kafka, topic, "without the second")
    await ingesting.until_counted("checkout", 2_000, within=90)

    pair.second.start()
    await until_led_by(pair.kafka, topic, {1, 2})
    await send_to_all(pair.kafka, topic, "after")
    found = await ingesting.until_counted("checkout", 3_000, within=90)

    assert found.of("checkout") == (2_700, 3_000)
    assert (found.lost, found.ambiguous) == (0, 0)
    assert process.poll() is None, "a change of leaders ends no process"


async def send_to_all(kafka: Kafka, topic: str, prefix: str) -> None:
    for partition in range(PARTITIONS):
        values = events(250, prefix=f"{prefix}-{partition}-")
        await send_fast(kafka.bootstrap, topic, values, partition=partition)


async def until_led_by(kafka: Kafka, topic: str, brokers: set[int]) -> None:
    async def is_so() -> bool:
        return set(await kafka.leaders(topic)) == brokers

    await eventually(is_so, f"{topic} is led by {brokers}", within=60)

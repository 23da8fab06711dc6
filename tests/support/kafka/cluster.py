"""The Kafka that tests use: their own broker, or the one that LEEWAY_TEST_KAFKA names."""

import asyncio
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from confluent_kafka import KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic

from shared.kafka.connection import KafkaConnection
from tests.support.kafka.broker import Broker
from tests.support.waiting import eventually

VARIABLE = "LEEWAY_TEST_KAFKA"
SETTLING_SECONDS = 1.0  # a broker killed sooner after creating a topic may lose a partition of it


class Kafka:
    """A real cluster, with what an operator does to its topics and a saboteur to its broker."""

    def __init__(self, bootstrap: str, broker: Broker | None = None) -> None:
        self.bootstrap = bootstrap
        self._broker = broker
        self._created = 0.0
        self._admin = AdminClient(KafkaConnection(bootstrap).librdkafka_options())

    async def create_topic(
        self, partitions: int = 1, *, name: str | None = None, config: Mapping[str, str] = {}
    ) -> str:
        """Create a topic, by default of a new name, and return its name."""
        name = name or f"test-{uuid.uuid4().hex[:12]}"
        wanted = NewTopic(name, num_partitions=partitions, config=dict(config))
        await self._done(self._admin.create_topics([wanted]))
        self._created = time.monotonic()
        await eventually(lambda: self._has(name, partitions), f"{name} has appeared")
        return name

    async def leaders(self, name: str) -> list[int]:
        """Return which broker leads each partition of a topic; none while nobody can tell."""
        try:
            found = await asyncio.to_thread(self._admin.list_topics, name, 5)
        except KafkaException:
            return []
        return [one.leader for one in found.topics[name].partitions.values() if one.leader > 0]

    async def delete_topic(self, name: str) -> None:
        """Delete a topic and wait until the name is free again."""
        await self._done(self._admin.delete_topics([name], operation_timeout=30))
        await eventually(lambda: self._has(name, 0), f"{name} is gone")

    async def add_partitions(self, name: str, total: int) -> None:
        """Raise the number of partitions of a topic to this many."""
        await self._done(self._admin.create_partitions([NewPartitions(name, total)]))
        await eventually(lambda: self._has(name, total), f"{name} has {total} partitions")

    async def delete_records(self, name: str, before: Mapping[int, int]) -> None:
        """Delete what lies before these offsets, as retention would."""
        places = [TopicPartition(name, p, offset) for p, offset in before.items()]
        await self._done(self._admin.delete_records(places))

    def kill(self) -> None:
        """End the broker without warning."""
        time.sleep(max(0.0, self._created + SETTLING_SECONDS - time.monotonic()))
        self._own().kill()

    def start(self) -> None:
        """Start the broker again on the same files."""
        self._own().start()

    def freeze(self) -> None:
        """Stop the broker from running, with its connections left open."""
        self._own().freeze()

    def thaw(self) -> None:
        """Let a frozen broker go on."""
        self._own().thaw()

    def _own(self) -> Broker:
        if self._broker is None:
            pytest.skip(f"the broker that {VARIABLE} names is not ours to stop")
        return self._broker

    async def _has(self, name: str, partitions: int) -> bool:
        (described,) = self._admin.describe_topics(TopicCollection([name])).values()
        try:
            return len((await asyncio.wrap_future(described)).partitions) == partitions
        except KafkaException:
            return partitions == 0

    async def _done(self, futures: Mapping[Any, Any]) -> None:
        for future in futures.values():
            await asyncio.wrap_future(future)


@contextmanager
def running_kafka() -> Iterator[Kafka]:
    """Give the cluster that LEEWAY_TEST_KAFKA names, or start one; raise NoKafka."""
    if bootstrap := os.environ.get(VARIABLE):
        yield Kafka(bootstrap)
        return
    with running_broker() as broker:
        yield Kafka(broker.bootstrap, broker)


@contextmanager
def running_broker(*, format_options: Sequence[str] = (), **options: Any) -> Iterator[Broker]:
    """Start a broker on a new folder, and remove both in the end."""
    folder = Path(mkdtemp(prefix="leeway-kafka-"))
    try:
        broker = Broker(folder, **options)
        broker.format(*format_options)
        try:
            broker.start()
            yield broker
        finally:
            broker.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)

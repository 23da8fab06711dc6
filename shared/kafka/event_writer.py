"""Writes raw events for those without a Kafka client: `POST /v1/events` and `leeway send`."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.kafka.connection import KafkaConnection
from shared.kafka.embedded import is_embedded
from shared.kafka.pace import Pace
from shared.kafka.partition import Partition
from shared.kafka.producer import open_producer, settled
from shared.kafka.topics import open_admin
from shared.kafka.trouble import translated

KEYS_REMEMBERED = 100_000

Event = tuple[bytes | None, bytes]  # key, value


class EventWriter:
    """Appends events to the partitions that their keys name, as every Kafka client does."""

    def __init__(self, producer: AIOKafkaProducer, pace: Pace | None) -> None:
        self._producer = producer
        self._pace = pace

    async def append_all(self, topic: str, events: Iterable[Event]) -> int:
        """Append the events and return their number once all are acknowledged.

        Raises RefusedMessage or BrokerUnavailable; some may have been written then.
        """
        with translated(f"cannot write to {topic}"):
            partitions = sorted(await self._producer.partitions_for(topic))
        sent: list[asyncio.Future[Any]] = []
        count = 0
        try:
            for number, batch in _batches(self._producer, partitions, events):
                count += batch.record_count()
                sent.append(await self._send(Partition(topic, number), batch))
        finally:
            errors = await settled(sent)
        for error in filter(None, errors):
            with translated(f"cannot write to {topic}"):
                raise error
        return count

    async def _send(self, partition: Partition, batch: BatchBuilder) -> "asyncio.Future[Any]":
        batch.close()
        size = batch.size()
        if self._pace is not None:
            await self._pace.wait(partition, size)
        with translated(f"cannot write to {partition}"):
            acknowledged: asyncio.Future[Any] = await self._producer.send_batch(
                batch, partition.topic, partition=partition.number
            )
        if self._pace is not None:
            with translated(f"cannot write to {partition}"):
                written = await asyncio.shield(acknowledged)
            self._pace.wrote(partition, written.offset + batch.record_count(), size)
        return acknowledged


def _batches(
    producer: AIOKafkaProducer, partitions: Sequence[int], events: Iterable[Event]
) -> Iterator[tuple[int, BatchBuilder]]:
    """Yield batches of events by partition; those without a key go to one at random."""
    partitioner = DefaultPartitioner()
    chosen: dict[bytes | None, int] = {None: random.choice(partitions)}
    open_batches: dict[int, BatchBuilder] = {}
    for key, value in events:
        number = chosen.get(key)
        if number is None:
            if len(chosen) > KEYS_REMEMBERED:
                chosen = {None: chosen[None]}
            number = chosen[key] = partitioner(key, partitions, partitions)
        batch = open_batches.get(number)
        if batch is None:
            batch = open_batches[number] = producer.create_batch()
        if batch.append(timestamp=None, key=key, value=value) is None:
            yield number, batch
            batch = open_batches[number] = producer.create_batch()
            batch.append(timestamp=None, key=key, value=value)
    yield from open_batches.items()


@asynccontextmanager
async def open_event_writer(
    connection: KafkaConnection, ingest_group: str
) -> AsyncIterator[EventWriter]:
    """Open a writer of events, which keeps pace with ingest where the broker is an embedded one."""
    async with open_producer(connection) as producer, open_admin(connection) as admin:
        embedded = await is_embedded(admin)
        yield EventWriter(producer, Pace(admin, ingest_group) if embedded else None)

"""The internal topic of counts: written by ingest, read by the evaluators that share it out."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from opentelemetry.trace import SpanKind

from shared.kafka.connection import KafkaConnection
from shared.kafka.group_log import GroupLog, open_group
from shared.kafka.producer import open_producer, settled
from shared.kafka.trouble import translated
from shared.tracing import span


class CountsWriter:
    """Appends counts messages, each to the partition that was chosen for it."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        self._producer = producer
        self._topic = topic

    async def append_all(self, messages: Mapping[int, bytes]) -> None:
        """Append a message to each of these partitions and wait for every acknowledgement.

        After an error any part of them may have been written, now or later. Raises
        RefusedMessage when the broker refuses one for good, else BrokerUnavailable. Calls that
        run at the same time share batches and requests.
        """
        sent: list[asyncio.Future[object]] = []
        with (
            span("append counts", SpanKind.PRODUCER, messages=len(messages)),
            translated(f"cannot write to {self._topic}"),
        ):
            try:
                for partition, value in messages.items():
                    sent.append(await self._producer.send(self._topic, value, partition=partition))
            finally:
                errors = await settled(sent)
        for (partition, value), error in zip(messages.items(), errors, strict=True):
            if error is not None:
                with translated(f"cannot write {len(value)} bytes to {self._topic}/{partition}"):
                    raise error


class CountsReader(GroupLog):
    """A member of the group of evaluators; its places are kept in the database, not in Kafka."""


@asynccontextmanager
async def open_counts_writer(
    connection: KafkaConnection, topic: str
) -> AsyncIterator[CountsWriter]:
    """Open a writer on the counts topic."""
    async with open_producer(connection) as producer:
        yield CountsWriter(producer, topic)


@asynccontextmanager
async def open_counts_reader(
    connection: KafkaConnection, group: str, *, wait_ms: int
) -> AsyncIterator[CountsReader]:
    """Open a member of this group, without a topic yet; leave the group on exit.

    A message is read at most `wait_ms` after it was written.
    """
    async with open_group(connection, group, wait_ms=wait_ms) as consumer:
        yield CountsReader(consumer)

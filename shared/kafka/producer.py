"""The one way in which Leeway writes to Kafka: acknowledged by all replicas, compressed."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaProducer

from shared.kafka.connection import KafkaConnection
from shared.kafka.trouble import connecting

LINGER_MS = 5
BATCH_BYTES = 256 << 10
REQUEST_BYTES = 64 << 20  # compared with the size before compression; the broker has its own limit
REQUEST_MS = 20_000
CLOSING_SECONDS = 10


@asynccontextmanager
async def open_producer(connection: KafkaConnection) -> AsyncIterator[AIOKafkaProducer]:
    """Open a producer; what was sent is acknowledged or has failed when this ends."""
    with connecting(connection.bootstrap, connection.suspicion):
        producer = AIOKafkaProducer(
            **connection.asyncio_options(),
            acks="all",
            compression_type="zstd",
            linger_ms=LINGER_MS,
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_BYTES,
            request_timeout_ms=REQUEST_MS,
            metadata_max_age_ms=10_000,
        )
    try:
        with connecting(connection.bootstrap, connection.suspicion):
            await producer.start()
        yield producer
    finally:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await producer.stop()


async def settled(acknowledgements: Iterable[asyncio.Future[Any]]) -> list[BaseException | None]:
    """Wait for every acknowledgement, and return the error of each, None for those that came."""
    answers = await asyncio.gather(*acknowledgements, return_exceptions=True)
    return [a if isinstance(a, BaseException) else None for a in answers]

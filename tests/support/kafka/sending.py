"""Puts records into a topic, each acknowledged."""

from collections.abc import Iterable

from aiokafka import AIOKafkaProducer


async def send(bootstrap: str, topic: str, values: Iterable[bytes], *, partition: int = 0) -> None:
    """Append the values to one partition and wait until Kafka has them."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5) as producer:
        sent = [await producer.send(topic, value, partition=partition) for value in values]
        for acknowledged in sent:
            await acknowledged

"""The topic of rejected records: everything a person needs to see why, and to send them again."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from aiokafka import AIOKafkaProducer

from shared.domain.errors import RefusedMessage
from shared.kafka.connection import KafkaConnection
from shared.kafka.producer import open_producer, settled
from shared.kafka.trouble import translated

LONGEST_VALUE = 256 << 10
MESSAGE_BYTES = 1_000
CUT_HEADER = "leeway.value-cut-from"


class Original(Protocol):
    """A record as it was read; an aiokafka ConsumerRecord is one."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that may not be counted, and why."""

    record: Original
    reason: str
    detail: str


class DeadLetters:
    """Appends rejected records, with headers that say where they came from."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, group: str) -> None:
        self._producer = producer
        self._topic = topic
        self._group = group

    async def send_all(self, letters: Iterable[DeadLetter]) -> int:
        """Append the letters, wait for every acknowledgement, and return how many were refused.

        A letter that the broker refuses for good is lost, not tried again. Raises
        BrokerUnavailable when any may not have been written for another reason.
        """
        sent: list[asyncio.Future[object]] = []
        refused = 0
        try:
            for letter in letters:
                try:
                    sent.append(await self._send(letter))
                except RefusedMessage:
                    refused += 1
        finally:
            errors = await settled(sent)
        for error in errors:
            if error is not None:
                refused += self._is_refused(error)
        return refused

    async def _send(self, letter: DeadLetter) -> asyncio.Future[object]:
        record = letter.record
        value = record.value or b""
        with translated(f"cannot write to {self._topic}"):
            future: asyncio.Future[object] = await self._producer.send(
                self._topic,
                value[:LONGEST_VALUE],
                key=record.key,
                timestamp_ms=record.timestamp if record.timestamp >= 0 else None,
                headers=[*record.headers, *self._headers(letter, len(value))],
            )
        return future

    def _headers(self, letter: DeadLetter, size: int) -> list[tuple[str, bytes]]:
        record = letter.record
        headers = {
            "__dlq.errors.topic": record.topic,
            "__dlq.errors.partition": str(record.partition),
            "__dlq.errors.offset": str(record.offset),
            "__dlq.errors.group": self._group,
            "__dlq.errors.message": letter.detail,
            "leeway.reason": letter.reason,
        }
        if size > LONGEST_VALUE:
            headers[CUT_HEADER] = str(size)
        encoded = ((name, text.encode(errors="replace")) for name, text in headers.items())
        return [(name, text[:MESSAGE_BYTES]) for name, text in encoded]

    def _is_refused(self, error: BaseException) -> bool:
        try:
            with translated(f"cannot write to {self._topic}"):
                raise error
        except RefusedMessage:
            return True


@asynccontextmanager
async def open_dead_letters(
    connection: KafkaConnection, topic: str, group: str
) -> AsyncIterator[DeadLetters]:
    """Open a writer of dead letters; `group` is the consumer group that rejects the records."""
    async with open_producer(connection) as producer:
        yield DeadLetters(producer, topic, group)

"""Reads the counts log: each owned shard gets its records, in order and none twice."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import structlog

from services.evaluator.domain.resume import resume
from services.evaluator.held import Held, Holding
from services.evaluator.vitals import Vitals
from shared.domain.errors import BrokerUnavailable, OffsetOutOfRange
from shared.kafka.partition import Partition
from shared.wire import MalformedCounts, decode_counts

log = structlog.get_logger(__name__)


class Record(Protocol):
    """One record of the counts log; `timestamp` in milliseconds."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...


class CountsLog(Protocol):
    """The counts topic, read as a member of a group, from positions that we set."""

    async def read(
        self, timeout_s: float, max_records: int = 1_000
    ) -> Mapping[Partition, Sequence[Record]]:
        """Return what has arrived; raises OffsetOutOfRange, BrokerUnavailable."""

    def seek(self, partition: Partition, offset: int) -> None:
        """Read on from this offset."""

    async def end_offsets(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """Return the end of each partition's log now."""

    async def beginning_offsets(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """Return the start of each partition's log now."""


class TopicDescription(Protocol):
    """What Kafka says about a topic."""

    @property
    def id(self) -> str: ...


class Topics(Protocol):
    """Tells which incarnation of a topic exists."""

    async def describe(self, names: Collection[str]) -> Mapping[str, TopicDescription]:
        """Return the topics of these names that exist."""


class Intake:
    """Applies the records of the shards that are held."""

    def __init__(
        self, topic: str, counts: CountsLog, topics: Topics, holding: Holding, vitals: Vitals
    ) -> None:
        self._topic = topic
        self._log = counts
        self._topics = topics
        self._holding = holding
        self._vitals = vitals
        self._gaps: dict[int, int] = {}  # shard -> offset that was asked for again

    async def start(self, held: Held) -> None:
        """Go on reading a shard where its state ends; raises TruncatedLog."""
        partition = Partition(self._topic, held.shard.number)
        found = await self._topics.describe([self._topic])
        if self._topic not in found:
            raise BrokerUnavailable(f"the topic {self._topic} does not exist")
        begin = (await self._log.beginning_offsets([partition]))[partition]
        end = (await self._log.end_offsets([partition]))[partition]
        skipped = held.shard.progress.skipped
        offset = resume(held.shard.progress, found[self._topic].id, begin, end)
        if held.shard.progress.skipped > skipped:
            log.error(
                "counts were deleted before they were read",
                partition=str(partition),
                offsets=held.shard.progress.skipped - skipped,
            )
        self._log.seek(partition, offset)
        held.reading = True

    async def read(self, timeout_s: float) -> int:
        """Apply what arrives within this time; return how many records there were."""
        try:
            batch = await self._log.read(timeout_s)
        except OffsetOutOfRange as error:
            for _, number in error.positions:
                if held := self._holding.held.get(number):
                    held.reading = False  # it is started again, and decides by the log's bounds
            return 0
        count = 0
        for partition, records in batch.items():
            held = self._holding.held.get(partition.number)
            if held is not None and held.reading:
                count += self._apply(held, records)
        return count

    async def remaining(self) -> dict[int, int]:
        """Return up to which offset there is something to read now, by shard."""
        numbers = [n for n, held in self._holding.held.items() if held.reading]
        ends = await self._log.end_offsets([Partition(self._topic, n) for n in numbers])
        return {partition.number: end for partition, end in ends.items()}

    async def measure(self) -> None:
        """Show how many records wait to be applied."""
        try:
            ends = await self.remaining()
        except BrokerUnavailable:
            self._vitals.behind(None)
            return
        held = self._holding.held
        left = (end - held[n].shard.progress.next_offset for n, end in ends.items() if n in held)
        self._vitals.behind(sum(max(0, records) for records in left))

    def _apply(self, held: Held, records: Sequence[Record]) -> int:
        shard, malformed, before = held.shard, 0, held.shard.progress.next_offset
        for record in records:
            expected = shard.progress.next_offset
            if record.offset < expected:
                continue
            if record.offset > expected and self._gaps.get(shard.number) != expected:
                self._gaps[shard.number] = expected
                self._log.seek(Partition(self._topic, shard.number), expected)
                break
            try:
                message = decode_counts(record.value or b"")
            except MalformedCounts:
                malformed += 1
                shard.progress.next_offset = record.offset + 1
                log.exception("a counts message was passed over", offset=record.offset)
            else:
                shard.apply(record.offset, record.timestamp, message)
        applied = shard.progress.next_offset - before
        self._vitals.read(applied=applied - malformed, malformed=malformed)
        return len(records)

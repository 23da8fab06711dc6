"""One member of a consumer group, with positions set by hand."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from shared.kafka.connection import KafkaConnection
from shared.kafka.partition import Partition
from shared.kafka.trouble import connecting, translated

CLOSING_SECONDS = 10
FETCH_BYTES = 64 << 10  # with less a fetch is not answered until its time is over
EMBEDDED_WAIT_MS = 50  # the embedded broker answers with one batch, and late even with enough


class Rebalance(Protocol):
    """Whoever must know which partitions this member owns; both calls should return quickly."""

    async def revoked(self, partitions: frozenset[Partition]) -> None: ...

    async def assigned(self, partitions: frozenset[Partition]) -> None: ...


class GroupLog:
    """Records of the partitions that the group gave to this member.

    A partition gives nothing between its assignment and the first `seek` after it: the client
    itself would start at the group's commit, and would do so before anything could be loaded.
    """

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._sought: set[Partition] = set()
        self._listener: _Listener | None = None

    def subscribe(self, topics: Collection[str], listener: Rebalance) -> None:
        """Join the group for these topics, or change them; at least one topic is needed."""
        self._listener = _Listener(listener, self._sought)
        with translated(f"cannot subscribe to {', '.join(sorted(topics))}"):
            self._consumer.subscribe(sorted(topics), listener=self._listener)

    def assignment(self) -> frozenset[Partition]:
        """Return the partitions that this member owns."""
        return frozenset(Partition(*p) for p in self._consumer.assignment())

    async def read(
        self, timeout_s: float, max_records: int = 1_000
    ) -> dict[Partition, list[ConsumerRecord]]:
        """Return what has arrived, waiting for it at most `timeout_s` when there is nothing.

        Raises OffsetOutOfRange for a position that the log no longer or not yet holds.
        """
        if self._listener is not None:
            self._listener.check()
        with translated("cannot read"):
            try:
                batch = await self._consumer.getmany(
                    timeout_ms=int(timeout_s * 1000), max_records=max_records
                )
            except NoOffsetForPartitionError:
                return {}
            except OffsetOutOfRangeError as error:
                if self._sought.isdisjoint(error.args[0]):
                    return {}
                raise
        return {
            Partition(*p): records for p, records in batch.items() if p in self._sought and records
        }

    def seek(self, partition: Partition, offset: int) -> None:
        """Read on from this offset."""
        with translated(f"cannot seek in {partition}"):
            self._consumer.seek(TopicPartition(*partition), offset)
        self._sought.add(partition)

    async def position(self, partition: Partition) -> int:
        """Return the offset below which everything was handed out, or never will be.

        Unlike the last record's offset it also passes over transaction markers.
        """
        with translated(f"cannot tell the position in {partition}"):
            return int(await self._consumer.position(TopicPartition(*partition)))

    def pause(self, partitions: Iterable[Partition]) -> None:
        """Fetch nothing from these partitions until they are resumed."""
        with translated("cannot pause"):
            self._consumer.pause(*(TopicPartition(*p) for p in partitions))

    def resume(self, partitions: Iterable[Partition]) -> None:
        """Fetch from these partitions again."""
        with translated("cannot resume"):
            self._consumer.resume(*(TopicPartition(*p) for p in partitions))

    async def end_offsets(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """Ask Kafka now for the offset that follows the last readable record of each partition."""
        with translated("cannot ask for the end of the log"):
            found = await self._consumer.end_offsets([TopicPartition(*p) for p in partitions])
        return {Partition(*p): offset for p, offset in found.items()}

    async def beginning_offsets(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        """Ask Kafka now for the oldest offset that each partition still holds."""
        with translated("cannot ask for the start of the log"):
            found = await self._consumer.beginning_offsets([TopicPartition(*p) for p in partitions])
        return {Partition(*p): offset for p, offset in found.items()}

    def seconds_since_fetch(self) -> float | None:
        """Return the age of the last answer to a fetch; None when nothing was fetched yet."""
        stamps = [self._consumer.last_poll_timestamp(p) for p in self._consumer.assignment()]
        known = [stamp for stamp in stamps if stamp]
        return max(0.0, time.time() - max(known) / 1000) if known else None


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # it has no types
    """Tells our listener about rebalances, and keeps its error, which aiokafka would only log."""

    def __init__(self, told: Rebalance, sought: set[Partition]) -> None:
        self._told = told
        self._sought = sought
        self._failure: BaseException | None = None

    def check(self) -> None:
        """Raise what the listener raised."""
        if self._failure is not None:
            raise self._failure

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._sought.clear()
        await self._tell(self._told.revoked(frozenset(Partition(*p) for p in revoked)))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._sought.clear()
        await self._tell(self._told.assigned(frozenset(Partition(*p) for p in assigned)))

    async def _tell(self, call: Any) -> None:
        task = asyncio.ensure_future(call)
        await asyncio.wait([task])
        self._failure = self._failure or task.exception()


@asynccontextmanager
async def open_group(
    connection: KafkaConnection, group: str, *, wait_ms: int = 100
) -> AsyncIterator[AIOKafkaConsumer]:
    """Open a consumer that is a member of this group, and leave the group on exit.

    What trickles in is fetched together, at most `wait_ms` after it was written: a fetch for each
    record costs more than the record.
    """
    embedded = connection.run_id is not None
    with connecting(connection.bootstrap, connection.suspicion):
        consumer = AIOKafkaConsumer(
            **connection.asyncio_options(),
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            partition_assignment_strategy=(RoundRobinPartitionAssignor,),
            fetch_min_bytes=1 if embedded else FETCH_BYTES,
            fetch_max_wait_ms=min(wait_ms, EMBEDDED_WAIT_MS) if embedded else wait_ms,
            max_partition_fetch_bytes=1 << 20,
            session_timeout_ms=connection.session_timeout_ms,
            heartbeat_interval_ms=connection.session_timeout_ms // 3,
            request_timeout_ms=connection.session_timeout_ms + 10_000,
            metadata_max_age_ms=5_000,
        )
    try:
        with connecting(connection.bootstrap, connection.suspicion):
            await consumer.start()
        yield consumer
    finally:
        # A broker that is gone must not keep the process from ending.
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await consumer.stop()

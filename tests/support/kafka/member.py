"""A member of a consumer group, driven by a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import ConsumerRecord

from shared.kafka.connection import KafkaConnection
from shared.kafka.partition import Partition
from shared.kafka.raw_log import RawLog, open_raw_log


class Member:
    """Seeks every partition it is given to its start, and keeps all that it is told and reads."""

    def __init__(self, log: RawLog, *, seeks: bool = True) -> None:
        self.log = log
        self.owned: frozenset[Partition] = frozenset()
        self.rebalances: list[tuple[str, frozenset[Partition]]] = []
        self.records: dict[Partition, list[ConsumerRecord]] = {}
        self._seeks = seeks

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        self.rebalances.append(("revoked", partitions))
        self.owned = frozenset()

    async def assigned(self, partitions: frozenset[Partition]) -> None:
        self.rebalances.append(("assigned", partitions))
        self.owned = partitions
        for partition in partitions if self._seeks else ():
            self.log.seek(partition, 0)

    async def read(self) -> int:
        """Read once, for a moment, and return how many records came."""
        batch = await self.log.read(0.1)
        for partition, records in batch.items():
            self.records.setdefault(partition, []).extend(records)
        return sum(map(len, batch.values()))

    async def read_until(self, count: int, *, within: float = 30) -> None:
        """Read until this many records have come, of all partitions together."""
        async with asyncio.timeout(within):
            while sum(map(len, self.records.values())) < count:
                await self.read()

    async def until_owning(self, count: int, *, within: float = 30) -> None:
        """Read until this member owns exactly so many partitions."""
        async with asyncio.timeout(within):
            while len(self.owned) != count:
                await self.read()

    def values(self) -> list[bytes]:
        """Return the values read so far, by partition and offset."""
        return [r.value for p in sorted(self.records) for r in self.records[p]]


@asynccontextmanager
async def joined(
    bootstrap: str, group: str, *topics: str, seeks: bool = True
) -> AsyncIterator[Member]:
    """Join a group for these topics, with a session short enough for tests."""
    connection = KafkaConnection(bootstrap, session_timeout_ms=3_000)
    async with open_raw_log(connection, group) as log:
        member = Member(log, seeks=seeks)
        log.subscribe(topics, member)
        yield member

"""Keeps a writer from overrunning the embedded broker, which drops what it has no room for."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient

from shared.domain.errors import BrokerUnavailable
from shared.kafka.offsets import committed
from shared.kafka.partition import Partition

WINDOW_BYTES = 3 << 20  # before compression; the broker keeps 5 MiB a partition
PAUSE_SECONDS = 0.05
UNREAD_SECONDS = 10
STUCK_SECONDS = 60


@dataclass
class _Unread:
    """Batches of a partition that were not read yet, as (end offset, bytes), oldest first."""

    batches: deque[tuple[int, int]] = field(default_factory=deque)
    held: int = 0

    def add(self, end: int, size: int) -> None:
        self.batches.append((end, size))
        self.held += size

    def forget(self, below: int) -> None:
        while self.batches and self.batches[0][0] <= below:
            self.held -= self.batches.popleft()[1]


class Pace:
    """Lets a partition hold at most `WINDOW_BYTES` that ingest has not committed yet.

    A topic that ingest does not read at all is not waited for.
    """

    def __init__(self, admin: AIOKafkaAdminClient, group: str) -> None:
        self._admin = admin
        self._group = group
        self._unread: defaultdict[Partition, _Unread] = defaultdict(_Unread)
        self._ignored: set[str] = set()

    def wrote(self, partition: Partition, end: int, size: int) -> None:
        """Note a batch of this many bytes, behind which the log of the partition now ends."""
        if partition.topic not in self._ignored:
            self._unread[partition].add(end, size)

    async def wait(self, partition: Partition, size: int) -> None:
        """Return when this many bytes more may be written to the partition."""
        unread = self._unread[partition]
        waited = 0.0
        while unread.held and unread.held + size > WINDOW_BYTES:
            before = unread.held
            is_read = await self._refresh(partition)
            if unread.held < before:
                waited = 0.0
                continue
            if partition.topic in self._ignored or (not is_read and waited > UNREAD_SECONDS):
                self._ignored.add(partition.topic)
                return
            if waited > STUCK_SECONDS:
                raise BrokerUnavailable(f"ingest has stopped reading {partition}")
            waited += PAUSE_SECONDS
            await asyncio.sleep(PAUSE_SECONDS)

    async def _refresh(self, partition: Partition) -> bool:
        """Forget what was read of all partitions, and return whether this one is read at all."""
        places = await committed(self._admin, self._group, list(self._unread))
        for read, place in places.items():
            self._unread[read].forget(place.offset if place else 0)
        return places[partition] is not None

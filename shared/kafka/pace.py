"""Keeps a writer from overrunning the embedded broker, which drops what it has no room for."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient

from shared.domain.errors import BrokerUnavailable
from shared.kafka.offsets import committed
from shared.kafka.partition import Partition

WINDOW_BYTES = 2 << 20  # before compression; the broker keeps 5 MiB a partition
PAUSE_SECONDS = 0.05
UNREAD_SECONDS = 10
STUCK_SECONDS = 60


class Pace:
    """Lets `WINDOW_BYTES` a partition pass, then waits until ingest has committed all of them.

    A topic that ingest does not read at all is not waited for.
    """

    def __init__(self, admin: AIOKafkaAdminClient, group: str) -> None:
        self._admin = admin
        self._group = group
        self._passed: dict[Partition, int] = {}
        self._end: dict[Partition, int] = {}
        self._unread: set[str] = set()

    def wrote(self, partition: Partition, end: int) -> None:
        """Note where the log of a partition ends after a batch."""
        self._end[partition] = end

    async def wait(self, partition: Partition, size: int) -> None:
        """Return when this many bytes more may be written to the partition."""
        passed = self._passed.get(partition, 0) + size
        if passed > WINDOW_BYTES and partition.topic not in self._unread:
            await self._until_read(partition)
            passed = size
        self._passed[partition] = passed

    async def _until_read(self, partition: Partition) -> None:
        end = self._end.get(partition, 0)
        waited = 0.0
        last = None
        while True:
            place = (await committed(self._admin, self._group, [partition]))[partition]
            if place is not None and place.offset >= end:
                return
            if place is None and waited > UNREAD_SECONDS:
                self._unread.add(partition.topic)
                return
            waited = 0.0 if place != last else waited + PAUSE_SECONDS
            last = place
            if waited > STUCK_SECONDS:
                raise BrokerUnavailable(f"ingest has stopped reading {partition}")
            await asyncio.sleep(PAUSE_SECONDS)

"""Which partitions this process holds, each with a reader of its own."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

import structlog

from services.ingest.desk import Desk
from services.ingest.plan import TopicPlan
from services.ingest.reader import SourceReader
from shared.kafka.partition import Partition

HANDOVER_SECONDS = 2.0  # for what is on its way when partitions are taken away

log = structlog.get_logger(__name__)


class Holdings:
    """The readers of the partitions that the group gave to this process.

    A reader survives a rebalance that leaves its partition here: what it counted is as good as
    what it would count again, whoever else has read the partition meanwhile.
    """

    def __init__(self, desk: Desk) -> None:
        self.plans: Mapping[str, TopicPlan] = {}
        self.owned: frozenset[Partition] | None = None  # None before the group has spoken
        self._desk = desk
        self._readers: dict[Partition, SourceReader] = {}
        self._running: dict[Partition, asyncio.Task[None]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._parked = True

    def __iter__(self) -> Iterator[SourceReader]:
        return iter(tuple(self._readers.values()))

    def __len__(self) -> int:
        return len(self._readers)

    def get(self, partition: Partition) -> SourceReader | None:
        """Return the reader of a partition, if it has one."""
        return self._readers.get(partition)

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Run the readers in this group of tasks, which fails when one of them does."""
        self._tasks = tasks

    def close(self) -> None:
        """Give up all partitions, and take no others."""
        self._tasks = None
        for partition in tuple(self._readers):
            self._end(partition)

    def adopt(self, plans: Mapping[str, TopicPlan]) -> None:
        """Count everything by other definitions from the commits on."""
        self.plans = plans
        self.restart(tuple(self.owned or ()))

    def restart(self, partitions: Iterable[Partition]) -> None:
        """Drop the sessions of these partitions, and begin again from the commits."""
        for partition in partitions:
            self._end(partition)
            if self.owned and partition in self.owned:
                self._begin(partition)

    async def revoked(self, partitions: frozenset[Partition]) -> None:
        """Stand still until the group has decided anew; let what is on its way arrive."""
        self._parked = True
        for reader in self:
            reader.park()
        self._desk.changed.set()
        try:
            async with asyncio.timeout(HANDOVER_SECONDS):
                for reader in self:
                    await reader.still()
                await self._desk.committer.settled()
        except TimeoutError:
            log.warning("handing over while messages are on their way", partitions=len(partitions))

    async def assigned(self, partitions: frozenset[Partition]) -> None:
        """Go on with the partitions that stayed, begin the new ones, drop the others."""
        log.info("assigned", partitions=len(partitions), before=len(self._readers))
        self.owned = partitions
        self._parked = False
        for partition in self._readers.keys() - partitions:
            self._end(partition)
        for partition in sorted(partitions):
            if reader := self._readers.get(partition):
                reader.unpark()
            else:
                self._begin(partition)
        self._desk.changed.set()

    def _begin(self, partition: Partition) -> None:
        plan = self.plans.get(partition.topic)
        if plan is None or self._tasks is None:
            return
        reader = SourceReader(partition, plan, self._desk)
        if self._parked:
            reader.park()
        self._readers[partition] = reader
        self._running[partition] = self._tasks.create_task(reader.run())

    def _end(self, partition: Partition) -> None:
        if reader := self._readers.pop(partition, None):
            reader.park()
            reader.report()
            self._desk.committer.forget(partition)
            self._running.pop(partition).cancel()
            self._desk.changed.set()

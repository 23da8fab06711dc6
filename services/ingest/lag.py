"""How many records wait to be counted."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from services.ingest.metrics import Metrics
from services.ingest.reader import SourceReader
from shared.domain.errors import BrokerUnavailable
from shared.kafka.partition import Partition

LAG_SECONDS = 10.0  # between two measurements


class Ends(Protocol):
    """Who knows where logs end."""

    async def end_offsets(self, partitions: Collection[Partition]) -> Mapping[Partition, int]: ...


class Lag:
    """Compares from time to time what was read with where the logs end."""

    def __init__(self, ends: Ends, readers: Iterable[SourceReader], metrics: Metrics) -> None:
        self._ends = ends
        self._readers = readers
        self._metrics = metrics
        self._shown: set[str] = set()

    async def run(self) -> None:
        """Measure again and again, for ever."""
        while True:
            await self.measure()
            await asyncio.sleep(LAG_SECONDS)

    async def measure(self) -> None:
        """Bring the metric up to date; a topic about which Kafka does not answer has no lag."""
        wanted: dict[str, list[SourceReader]] = {}
        for reader in self._readers:
            if reader.is_reading:
                wanted.setdefault(reader.partition.topic, []).append(reader)
        for topic in self._shown - wanted.keys():
            self._forget(topic)
        async with asyncio.TaskGroup() as tasks:  # one stuck topic delays no other
            for topic, readers in wanted.items():
                tasks.create_task(self._measure(topic, readers))

    async def _measure(self, topic: str, readers: Collection[SourceReader]) -> None:
        try:
            ends = await self._ends.end_offsets([reader.partition for reader in readers])
        except BrokerUnavailable:
            self._forget(topic)
            return
        lag = sum(
            max(0, ends[reader.partition] - reader.session.position)
            for reader in readers
            if reader.session is not None
        )
        self._metrics.lag_records.labels(topic).set(lag)
        self._shown.add(topic)

    def _forget(self, topic: str) -> None:
        if topic in self._shown:
            self._metrics.lag_records.remove(topic)
            self._shown.discard(topic)

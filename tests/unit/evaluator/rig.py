"""An evaluator on stores and logs in memory."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import CollectorRegistry

from services.evaluator.catalogue import DefinitionFeed
from services.evaluator.evaluator import Evaluator, Pace
from services.evaluator.figures import Figures
from services.evaluator.held import Held, Holding
from services.evaluator.intake import Intake
from services.evaluator.load import load
from services.evaluator.metrics import Metrics
from services.evaluator.publisher import Publisher
from services.evaluator.readiness import Readiness
from services.evaluator.saver import Saver
from services.evaluator.silence import SilenceFeed
from services.evaluator.takeover import Takeover
from services.evaluator.vitals import Vitals
from shared.definitions.compile import compile_catalogue
from shared.domain.errors import BrokerUnavailable, OffsetOutOfRange, StoreUnavailable
from shared.domain.series import series_key
from shared.domain.slo import SLO
from shared.kafka.partition import Partition
from shared.memory import MemoryShards
from shared.memory_alerts import MemorySilences
from shared.memory_definitions import MemoryDefinitions
from shared.snapshot import Snapshot, decode_snapshot
from shared.sql.definitions import Change
from shared.sql.shard_rows import Claim, Flush, StatusRow
from shared.wire import Counts, encode_counts
from tests.unit.evaluator.build import NOW, watch

TOPIC = "leeway.counts.v1"


def body(name: str = "checkout", *, duration: str = "30d", target: float = 0.99) -> dict[str, Any]:
    """Return the document of an SLO over requests that did not fail."""

    def metric(query: str) -> dict[str, Any]:
        spec = {"query": query} if query else {}
        source = {"metricSourceRef": "requests", "type": "kafka", "spec": spec}
        return {"metricSource": source}

    ratio = {"counter": True, "good": metric("status < 500"), "total": metric("")}
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": name},
        "spec": {
            "service": "shop",
            "budgetingMethod": "Occurrences",
            "timeWindow": [{"duration": duration, "isRolling": True}],
            "indicator": {"metadata": {"name": f"{name}-sli"}, "spec": {"ratioMetric": ratio}},
            "objectives": [{"displayName": "availability", "target": target}],
        },
    }


def compiled(document: dict[str, Any]) -> SLO:
    """Return the SLO of a document."""
    (slo,) = compile_catalogue([document], revision=1, counted_from={}).slos
    return slo


def key_of(document: dict[str, Any]) -> int:
    """Return the series that an SLO's document counts."""
    slo = compiled(document)
    return series_key(slo.name, slo.objectives[0].indicator.key)


@dataclass(frozen=True)
class Record:
    offset: int
    timestamp: int
    value: bytes | None


@dataclass
class MemoryCountsLog:
    """The counts topic, and its client; `failing` is raised by every call while it is set."""

    topic_id: str = "counts-1"
    records: dict[int, list[Record]] = field(default_factory=dict)
    start: dict[int, int] = field(default_factory=dict)
    truncated: dict[int, int] = field(default_factory=dict)
    positions: dict[int, int] = field(default_factory=dict)
    at_once: int = 1_000
    failing: Exception | None = None

    def append(self, number: int, message: Counts | bytes, timestamp: int = NOW * 1000) -> None:
        log = self.records.setdefault(number, [])
        value = encode_counts(message) if isinstance(message, Counts) else message
        log.append(Record(len(log), timestamp, value))

    def end(self, number: int) -> int:
        return self.truncated.get(number, len(self.records.get(number, ())))

    async def read(
        self, timeout_s: float, max_records: int = 1_000
    ) -> Mapping[Partition, Sequence[Record]]:
        await asyncio.sleep(0.001)
        if self.failing:
            raise self.failing
        batch = {}
        for number, position in self.positions.items():
            if not self.start.get(number, 0) <= position <= self.end(number):
                del self.positions[number]
                raise OffsetOutOfRange({(TOPIC, number): position})
            records = self.records.get(number, [])[position:][: self.at_once]
            batch[Partition(TOPIC, number)] = records
            self.positions[number] = position + len(records)
        return {partition: records for partition, records in batch.items() if records}

    def seek(self, partition: Partition, offset: int) -> None:
        self.positions[partition.number] = offset

    async def end_offsets(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        if self.failing:
            raise self.failing
        return {p: self.end(p.number) for p in partitions}

    async def beginning_offsets(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        return {p: self.start.get(p.number, 0) for p in partitions}

    async def describe(self, names: Collection[str]) -> Mapping[str, Any]:
        return dict.fromkeys(names, self)

    @property
    def id(self) -> str:
        return self.topic_id


class Shards(MemoryShards):
    """The store; `away` makes it unreachable, `unsure` lets flushes happen and then fail."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.unsure = 0
        self.flushes: list[Flush] = []

    async def claim(self, number: int) -> Claim:
        self._check()
        return await super().claim(number)

    async def flush(self, flush: Flush) -> None:
        self._check()
        await super().flush(flush)
        self.flushes.append(flush)
        if self.unsure:
            self.unsure -= 1
            raise StoreUnavailable("the connection broke during COMMIT")

    async def put_statuses(self, statuses: Sequence[StatusRow]) -> list[int]:
        self._check()
        return await super().put_statuses(statuses)

    def _check(self) -> None:
        if self.away:
            raise StoreUnavailable("the database is away")


class Rig:
    """One installation: a log, a store, definitions; evaluators come and go."""

    def __init__(self, shards: int = 1) -> None:
        self.shards = shards
        self.log = MemoryCountsLog()
        self.store = Shards()
        self.definitions = MemoryDefinitions()
        self.silences = MemorySilences()
        self.at = float(NOW)

    async def define(self, *documents: dict[str, Any]) -> None:
        indicators = [
            (slo.name, indicator.key)
            for slo in map(compiled, documents)
            for indicator in slo.indicators()
        ]
        await self.definitions.apply(Change(bodies=documents, indicators=indicators))

    async def snapshot(self, shard: int = 0) -> Snapshot | None:
        found = {row.shard: row.data for row in await self.store.statuses({})}
        return decode_snapshot(found[shard]) if shard in found else None

    async def total(self, document: dict[str, Any], shard: int = 0) -> int:
        """Return the total over 30 d that the api would see."""
        snapshot = await self.snapshot(shard)
        if snapshot is None:
            return 0
        rows = dict(zip(snapshot.series.tolist(), snapshot.total[:, -1].tolist(), strict=True))
        return int(rows.get(key_of(document), 0))

    @asynccontextmanager
    async def running(
        self, *, patience: float = 0.05, flush: float = 0.02
    ) -> AsyncIterator["Running"]:
        """Run an evaluator that owns all shards, and stop it as SIGTERM would."""
        running = Running(self, patience, flush)
        stopping = asyncio.Event()
        work = asyncio.create_task(running.evaluator.run(stopping))
        await running.rebalance()
        try:
            yield running
        finally:
            stopping.set()
            await work


class Running:
    """One evaluator and its parts."""

    def __init__(self, rig: Rig, patience: float, flush: float = 0.02) -> None:
        registry = CollectorRegistry()
        self.rig = rig
        self.holding = Holding(patience)
        self.vitals = Vitals(registry)
        self.readiness = Readiness(self.holding, self.vitals)
        self.readiness.feed = feed = DefinitionFeed(rig.definitions, rig.shards, lambda: rig.at)
        self.metrics = Metrics(self.holding, lambda: rig.at)
        self.intake = Intake(TOPIC, rig.log, rig.log, self.holding, self.vitals)
        self.evaluator = Evaluator(
            holding=self.holding,
            takeover=Takeover(
                rig.shards,
                rig.store,
                feed,
                self.holding,
                self.intake,
                self.vitals,
                lambda: rig.at,
            ),
            intake=self.intake,
            publisher=Publisher(rig.store, self.holding, self.vitals),
            saver=Saver(rig.store, self.holding, self.vitals),
            silences=SilenceFeed(rig.silences),
            vitals=self.vitals,
            pace=Pace(tick=0.01, flush=flush, poll=0.02, retry=0.02),
            now=lambda: rig.at,
        )

    async def rebalance(self, shards: Collection[int] | None = None) -> None:
        """Let the group decide which shards this evaluator owns."""
        numbers = range(self.rig.shards) if shards is None else shards
        self.rig.log.positions.clear()
        await self.evaluator.revoked(frozenset())
        await self.evaluator.assigned(frozenset(Partition(TOPIC, number) for number in numbers))

    async def hold(self, *, next_offset: int) -> None:
        """Own shard 0 and read it, as if everything before this offset was read."""
        loaded = await load(self.rig.store, 0, 1, watch(), NOW)
        loaded.shard.progress.next_offset = next_offset
        held = Held(loaded.shard, loaded.epoch, Figures(loaded.shard), 0, reading=True)
        self.holding.held[0] = held

    def line(self, start: str) -> str:
        """Return the first metrics line that begins like this, empty when there is none."""
        lines = self.metrics.take()().decode().splitlines()
        return next((line for line in lines if line.startswith(start)), "")


AWAY = BrokerUnavailable("Kafka is away")

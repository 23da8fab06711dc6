"""An ingest process on real Kafka, and what it counted, read back from the counts topic."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from services.evaluator.domain.fold import Fold
from shared.definitions.compile import compile_catalogue
from shared.domain.reason import Reason
from shared.domain.series import invalid_key, series_key
from shared.sql.definitions import Change, SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.wire import decode_counts
from tests.support.kafka.cluster import Kafka
from tests.support.port import free_port
from tests.support.waiting import eventually

SHARDS = 3
Body = dict[str, Any]


def definitions(topic: str, *names: str) -> list[Body]:
    """A data source on a topic, and an SLO of each name on it: good is `status < 500`."""
    source = {
        "apiVersion": "openslo/v1",
        "kind": "DataSource",
        "metadata": {"name": "shop"},
        "spec": {"type": "kafka", "connectionDetails": {"topic": topic}},
    }
    return [source, *(_slo(name) for name in names)]


def _slo(name: str) -> Body:
    def metric(query: str) -> Body:
        return {"metricSource": {"metricSourceRef": "shop", "spec": {"query": query}}}

    ratio = {"counter": True, "good": metric("status < 500"), "total": metric("true")}
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": name},
        "spec": {
            "service": "shop",
            "indicator": {"metadata": {"name": f"{name}-sli"}, "spec": {"ratioMetric": ratio}},
            "timeWindow": [{"duration": "1d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": "main", "target": 0.9}],
        },
    }


def events(count: int, *, prefix: str = "", bad_every: int = 10) -> list[bytes]:
    """Request events; every tenth is bad."""
    return [
        msgspec.json.encode(
            {"id": f"{prefix}{n}", "service": "shop", "status": 500 if n % bad_every == 0 else 200}
        )
        for n in range(count)
    ]


@dataclass
class Ingesting:
    """Ingest processes of one test, with a database and topics of their own."""

    kafka: Kafka
    folder: Path
    topic: str = ""
    bodies: list[Body] = field(default_factory=list)
    processes: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0

    async def prepare(self, topic: str, *names: str) -> None:
        """Make a database with definitions for a topic."""
        self.topic = topic
        self.environment = {
            "LEEWAY_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "LEEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{self.folder}/leeway.db",
            "LEEWAY_COUNTS_TOPIC": await self.kafka.create_topic(SHARDS),
            "LEEWAY_DEAD_LETTERS_TOPIC": await self.kafka.create_topic(SHARDS),
            "LEEWAY_COUNTS_PARTITIONS": str(SHARDS),
            "LEEWAY_GROUP_PREFIX": f"test-{uuid.uuid4().hex[:8]}-",
            "LEEWAY_KAFKA_SESSION_TIMEOUT_MS": "3000",
            "LEEWAY_EMIT_SECONDS": "0.2",
        }
        await upgrade(self.environment["LEEWAY_DATABASE_URL"])
        await self.define(*names)

    async def define(self, *names: str) -> None:
        """Put definitions of SLOs with these names in force."""
        await self.put(definitions(self.topic, *names))

    async def put(self, bodies: list[Body]) -> None:
        """Put these definitions in force."""
        self.bodies = bodies
        async with open_engine(self.environment["LEEWAY_DATABASE_URL"]) as engine:
            await SqlDefinitions(engine).apply(Change(self.bodies))

    def start(self) -> "subprocess.Popen[bytes]":
        """Start one more process."""
        self.port = free_port()
        with (self.folder / "ingest.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "services.ingest"],
                env={**os.environ, **self.environment, "LEEWAY_HTTP_PORT": str(self.port)},
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    async def until_ready(self) -> None:
        """Wait until the process started last reads all its partitions."""
        await eventually(self._ready, f"ingest is ready\n{self.log()}")

    async def stop(self) -> list[int]:
        """Tell every process to end, and return their exit codes."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        codes = [process.wait(30) for process in self.processes]
        self.processes.clear()
        return codes

    def kill(self) -> None:
        """End every process without warning."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes.clear()

    def log(self) -> str:
        """Return what the processes have said."""
        return (self.folder / "ingest.log").read_text()

    async def metrics(self) -> str:
        """Return the metrics of the process started last."""
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text

    async def _ready(self) -> bool:
        async with httpx.AsyncClient() as client:
            try:
                answer = await client.get(f"http://127.0.0.1:{self.port}/readyz")
            except httpx.TransportError:
                return False
        return answer.status_code == httpx.codes.OK

    async def counted(self) -> "Counted":
        """Fold all that is in the counts topic now."""
        messages = await self.read_all(self.environment["LEEWAY_COUNTS_TOPIC"])
        folds = [Fold(q, SHARDS) for q in range(SHARDS)]
        good: Counter[int] = Counter()
        total: Counter[int] = Counter()
        for record in messages:
            difference = folds[record.partition].apply(decode_counts(record.value), 1)
            if difference is not None:
                for row, series in enumerate(difference.series.tolist()):
                    good[series] += int(difference.good[row])
                    total[series] += int(difference.total[row])
        return Counted(self.topic, self.bodies, folds, good, total)

    async def until_counted(self, slo: str, total: int, *, within: float = 40) -> "Counted":
        """Wait until this many events of an SLO are counted, and return all counts."""
        found = await self.counted()
        deadline = time.monotonic() + within
        while found.of(slo)[1] < total:
            assert time.monotonic() < deadline, f"{found.of(slo)} of {total}\n{self.log()[-4000:]}"
            found = await self.counted()
        return found

    async def letters(self) -> list[Any]:
        """Return all dead letters."""
        return await self.read_all(self.environment["LEEWAY_DEAD_LETTERS_TOPIC"])

    async def has_letters(self, count: int) -> bool:
        """Whether there are this many dead letters."""
        return len(await self.letters()) == count

    async def read_all(self, topic: str) -> list[Any]:
        """Return every record of a topic of ours."""
        async with AIOKafkaConsumer(
            bootstrap_servers=self.kafka.bootstrap,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=16 << 20,
        ) as consumer:
            partitions = [TopicPartition(topic, n) for n in range(SHARDS)]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Any] = []
            waiting = {p for p, end in ends.items() if end}
            while waiting:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += records
                for p in tuple(waiting):
                    if await consumer.position(p) >= ends[p]:
                        waiting.discard(p)
            return found


@dataclass
class Counted:
    """What was counted, by SLO and by reason of rejection."""

    topic: str
    bodies: Sequence[Body]
    folds: list[Fold]
    good: Counter[int]
    total: Counter[int]

    def of(self, slo: str) -> tuple[int, int]:
        """Return good and total of an SLO."""
        catalogue = compile_catalogue(self.bodies, revision=1, counted_from={})
        (found,) = (one for one in catalogue.slos if one.name == slo)
        (indicator,) = found.indicators()
        key = series_key(slo, indicator.key)
        return self.good[key], self.total[key]

    def rejected(self, reason: Reason) -> int:
        """Return how many records were rejected for this reason."""
        return self.total[invalid_key(self.topic, reason)]

    @property
    def lost(self) -> int:
        """How many offsets are reported as lost, over all shards."""
        return sum(sum(fold.lost.values()) for fold in self.folds)

    @property
    def ambiguous(self) -> int:
        """How many messages contradicted what was applied before."""
        return sum(sum(fold.ambiguous.values()) for fold in self.folds)


async def send_fast(
    bootstrap: str, topic: str, values: Iterable[bytes], *, partition: int = 0
) -> None:
    """Append many values to one partition, in large batches."""
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", max_batch_size=1 << 20, max_request_size=32 << 20
    ) as producer:
        batch: BatchBuilder = producer.create_batch()
        for value in values:
            if batch.append(key=None, value=value, timestamp=None) is None:
                await producer.send_batch(batch, topic, partition=partition)
                batch = producer.create_batch()
                batch.append(key=None, value=value, timestamp=None)
        await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()

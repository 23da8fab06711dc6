"""Evaluator processes on real Kafka and PostgreSQL, fed with counts messages by the test."""

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from shared.domain.series import shard_of
from shared.kafka.connection import KafkaConnection
from shared.kafka.counts_log import CountsWriter, open_counts_writer
from shared.snapshot import decode_snapshot
from shared.sql.definitions import Change, SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.sql.shards import SqlShards
from shared.wire import Cells, Counts, encode_counts
from tests.support.kafka.cluster import Kafka
from tests.support.port import free_port
from tests.support.waiting import eventually
from tests.unit.evaluator.build import Feeder
from tests.unit.evaluator.rig import body, compiled, key_of

SHARDS = 6
SLOS = [body(f"slo-{number}") for number in range(12)]
LATEST = 6 * 86_400  # seconds that an event may be late

Process = subprocess.Popen[bytes]


@dataclass
class Evaluating:
    """One installation without ingest; `truth` is what was counted, by SLO."""

    kafka: Kafka
    folder: Path
    url: str
    environment: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    feeders: list[Feeder] = field(default_factory=list)
    truth: dict[str, int] = field(default_factory=dict)
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    async def prepare(self) -> None:
        """Make a database with definitions, and a counts topic."""
        self.environment = {
            "LEEWAY_KAFKA_BOOTSTRAP": self.kafka.bootstrap,
            "LEEWAY_DATABASE_URL": self.url,
            "LEEWAY_COUNTS_TOPIC": await self.kafka.create_topic(SHARDS),
            "LEEWAY_COUNTS_PARTITIONS": str(SHARDS),
            "LEEWAY_GROUP_PREFIX": f"test-{uuid.uuid4().hex[:8]}-",
            "LEEWAY_KAFKA_SESSION_TIMEOUT_MS": "3000",
            "LEEWAY_TICK_SECONDS": "0.2",
            "LEEWAY_FLUSH_SECONDS": "0.5",
        }
        self.feeders = [Feeder(partition=number, partitions=3) for number in range(3)]
        await upgrade(self.url)
        indicators = [(s.name, i.key) for s in map(compiled, SLOS) for i in s.indicators()]
        async with open_engine(self.url) as engine:
            await SqlDefinitions(engine).apply(Change(bodies=SLOS, indicators=indicators))

    def start(self, name: str) -> None:
        """Start a process."""
        self.ports[name] = free_port()
        port = {"LEEWAY_HTTP_PORT": str(self.ports[name])}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "services.evaluator"],
                env={**os.environ, **self.environment, **port},
                stdout=log,
                stderr=log,
            )

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process."""
        self.processes[name].send_signal(number)
        if number is signal.SIGKILL:
            self.processes.pop(name).wait()

    def end(self) -> None:
        """Kill what still runs."""
        for name in list(self.processes):
            self.signal(name, signal.SIGCONT)
            self.signal(name, signal.SIGKILL)

    async def until_ready(self, name: str) -> None:
        """Wait until a process reads all the shards it was given."""

        async def ready() -> bool:
            async with httpx.AsyncClient() as client:
                try:
                    answer = await client.get(f"http://127.0.0.1:{self.ports[name]}/readyz")
                except httpx.TransportError:
                    return False
            return answer.status_code == httpx.codes.OK

        await eventually(ready, f"{name} is ready\n{self.log(name)}")

    def log(self, name: str) -> str:
        """Return what a process has said."""
        return (self.folder / f"{name}.log").read_text()[-4000:]

    async def count(self, times: int = 20) -> None:
        """Let every source count some events, early and late, and say so several times."""
        connection = KafkaConnection(self.kafka.bootstrap)
        async with open_counts_writer(connection, self.environment["LEEWAY_COUNTS_TOPIC"]) as log:
            for _ in range(times):
                feeder = self.dice.choice(self.feeders)
                slo = self.dice.choice(SLOS)
                late = self.dice.choice([0, 30, 4_000, self.dice.randrange(LATEST)])
                events = self.dice.randrange(1, 9)
                feeder.count(key_of(slo), int(time.time()) - late, events, events)
                name = str(slo["metadata"]["name"])
                self.truth[name] = self.truth.get(name, 0) + events
                await self._send(log, feeder)
                if self.dice.random() < 0.2:
                    feeder.cut()

    async def _send(self, log: CountsWriter, feeder: Feeder) -> None:
        message = feeder.message(complete_until=int(time.time() * 1000))
        shard = {key_of(slo): shard_of(slo["metadata"]["name"], SHARDS) for slo in SLOS}
        for _ in range(self.dice.choice([1, 1, 2])):
            await log.append_all(
                {q: encode_counts(_part(message, shard, q)) for q in range(SHARDS)}
            )

    async def totals(self) -> dict[str, int]:
        """Return the totals over 30 d that the api would show, of all that counted something."""
        found: dict[int, int] = {}
        async with open_engine(self.url) as engine:
            for row in await SqlShards(engine).statuses({}):
                snapshot = decode_snapshot(row.data)
                found |= dict(
                    zip(snapshot.series.tolist(), snapshot.total[:, -1].tolist(), strict=True)
                )
        totals = {str(slo["metadata"]["name"]): found.get(key_of(slo), 0) for slo in SLOS}
        return {name: total for name, total in totals.items() if total}

    async def until_right(self) -> None:
        """Wait until every total is the truth."""

        async def right() -> bool:
            return await self.totals() == self.truth

        try:
            await eventually(right, "every total is right", within=45)
        except AssertionError as error:
            logs = "\n".join(f"{name}: {self.log(name)}" for name in self.ports)
            raise AssertionError(f"{await self.totals()} is not {self.truth}\n{logs}") from error


def _part(message: Counts, shard: dict[int, int], q: int) -> Counts:
    """Return the message for one counts partition."""
    mine = [shard[series] == q for series in message.cells.series.tolist()]
    cells = message.cells
    part = Cells(cells.series[mine], cells.bucket[mine], cells.good[mine], cells.total[mine])
    return Counts(
        message.topic,
        message.source,
        message.s,
        message.first,
        message.e,
        message.revision,
        message.complete_until,
        message.partitions,
        part,
    )

"""A whole ingest pipeline over Kafka in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

import msgspec
from prometheus_client import CollectorRegistry

from services.ingest.committer import Committer
from services.ingest.dead_letters import Allowance
from services.ingest.desk import Desk
from services.ingest.domain.counting import Counter
from services.ingest.holdings import Holdings
from services.ingest.metrics import Metrics
from services.ingest.pipeline import Pipeline
from services.ingest.plan import ReportingCounter
from services.ingest.survey import Survey
from services.ingest.watch import Watch
from shared.domain.predicate import EVERYTHING, Compare, Op
from shared.domain.reason import Reason
from shared.domain.series import indicator_key, invalid_key, series_key
from shared.domain.slo import SLO, Catalogue, DataSource, Indicator, Objective, RollingWindow
from tests.support.waiting import eventually
from tests.unit.ingest.memory_kafka import SHARDS, MemoryKafka, MemoryRawLog

GOOD = Compare(("status",), Op.LT, 500)


def indicator(topic: str) -> Indicator:
    """Requests of a topic, good when not a server error."""
    source = DataSource(f"source-{topic}", topic)
    return Indicator(indicator_key(source, EVERYTHING, GOOD), source, EVERYTHING, GOOD)


def slo(name: str, topic: str) -> SLO:
    objective = Objective("main", Decimal("0.9"), indicator(topic))
    return SLO(name, "shop", RollingWindow(86_400, "1d"), (objective,))


def catalogue(*slos: SLO, revision: int = 1) -> Catalogue:
    return Catalogue(revision, slos)


def series(name: str, topic: str) -> int:
    return series_key(name, indicator(topic).key)


def invalid(topic: str, reason: Reason) -> int:
    return invalid_key(topic, reason)


def events(count: int, *, start: int = 0) -> list[bytes]:
    """Good events, each with an id of its own."""
    return [msgspec.json.encode({"id": f"{n}", "status": 200}) for n in range(start, start + count)]


def counter(topic: str, slos: Sequence[SLO]) -> ReportingCounter:
    return Counter(topic, slos, shards=SHARDS, too_late_s=604_800, future_s=300)


class Running:
    """A pipeline at work, and what a test wants to know about it."""

    def __init__(self, kafka: MemoryKafka, now_ms: Callable[[], int] = lambda: 1_000) -> None:
        self.kafka = kafka
        self.raw = MemoryRawLog(kafka)
        self.metrics = Metrics(CollectorRegistry())
        self.desk = Desk(
            places=self.raw,
            committer=Committer(self.raw, self.raw.assignment),
            counts=kafka,
            letters=kafka,
            allowance=Allowance(),
            survey=Survey(kafka),
            metrics=self.metrics,
            emit_seconds=0.06,
            changed=asyncio.Event(),
        )
        self.holdings = Holdings(self.desk)
        watch = Watch(self.raw, self.holdings, self.desk, now_ms=now_ms)
        self.pipeline = Pipeline(self.raw, self.desk, watch, self.holdings)
        self.stopping = asyncio.Event()

    def adopt(self, *slos: SLO, revision: int = 1) -> None:
        self.pipeline.adopt(catalogue(*slos, revision=revision), counter)

    def value(self, metric: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(metric, labels) or 0.0

    async def until(self, holds: Callable[[], object], what: str) -> None:
        async def check() -> object:
            if self.task.done():
                self.task.result()
            return holds()

        await eventually(check, what, within=10)

    async def until_counted(self, name: str, topic: str, total: int) -> None:
        """Wait until exactly so many events are counted, and all are committed."""
        wanted = {series(name, topic): (total, total)}
        await self.until(
            lambda: {s: n for s, n in self.kafka.folded().items() if s in wanted} == wanted,
            f"{total} events of {name}, not {self.kafka.folded()}",
        )

    async def until_read_again(self) -> None:
        """Wait until Kafka was asked for records twice more."""
        reads = self.raw.reads
        await self.until(lambda: self.raw.reads > reads + 1, "a read")

    async def stop(self) -> None:
        self.stopping.set()
        await self.task

    def start(self) -> None:
        self.task = asyncio.create_task(self.pipeline.run(self.stopping))


@asynccontextmanager
async def running(kafka: MemoryKafka, *slos: SLO) -> AsyncIterator[Running]:
    """Run a pipeline that counts these SLOs until the test is done with it."""
    found = Running(kafka)
    found.adopt(*slos)
    found.start()
    try:
        yield found
    finally:
        found.stopping.set()
        if not found.task.done():
            await found.task

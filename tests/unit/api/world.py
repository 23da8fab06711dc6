"""A small world for the api: definitions, what evaluators counted, and a Kafka that remembers."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from prometheus_client import CollectorRegistry

from services.api.app import Door, Ports, create_app
from services.api.metrics import Metrics
from services.api.reception import Limits
from shared.definitions.compile import compile_catalogue
from shared.definitions.reader import read_text
from shared.domain.burn_window import windows_of
from shared.domain.errors import BrokerUnavailable
from shared.domain.series import series_key, shard_of
from shared.domain.slo import SLO, Catalogue
from shared.domain.window import WindowKey, in_order
from shared.memory import MemoryCluster, MemoryShards
from shared.memory_alerts import MemoryAlerts, MemorySilences
from shared.memory_definitions import MemoryDefinitions
from shared.memory_outbox import MemoryNotifications, MemoryOutbox
from shared.memory_periods import MemoryPeriodTotals
from shared.memory_tokens import MemoryTokens
from shared.rows import Names, encode_names
from shared.segment import BLOCK, KEPT, SPANS, encode_span
from shared.snapshot import Snapshot, encode_snapshot
from shared.sql.alerts import SqlAlerts
from shared.sql.cluster import SqlCluster
from shared.sql.definitions import Change, SqlDefinitions
from shared.sql.notifications import SqlNotifications
from shared.sql.outbox import SqlOutbox
from shared.sql.period_rows import SqlPeriodTotals
from shared.sql.shard_rows import Flush, Segment, StatusRow
from shared.sql.shards import SqlShards
from shared.sql.silences import SqlSilences
from shared.wire import GroupName

NOW = 1_795_413_600  # 2026-11-23T06:00:00Z
SHARDS = 4
Cells = Mapping[int, tuple[int, int]]  # good and total by the start of a 10-second bucket
TOPIC = "leeway.requests.v1"

AVAILABILITY = """
apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout-availability
  annotations: {leeway/owner: payments, leeway/runbook: "https://runbooks.example/checkout"}
spec:
  service: checkout
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: answered}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {metricSourceRef: requests, spec: {query: "status < 500"}}}
        total: {metricSource: {metricSourceRef: requests, spec: {query: "service == 'checkout'"}}}
  objectives:
    - displayName: availability
      target: 0.999
"""


CHRISTMAS = """
apiVersion: leeway/v1
kind: Exclusion
metadata: {name: christmas}
spec:
  services: [checkout]
  from: "2026-11-23T05:00:00Z"
  until: "2026-11-23T06:00:05Z"
  reason: a planned switch
  approvedBy: payments-lead@example.com
"""
"""It is in force now."""


def named(name: str, *, service: str = "checkout", target: str = "0.999", text: str = "") -> str:
    """Return the usual definition under another name."""
    return (
        (text or AVAILABILITY)
        .replace("checkout-availability", name)
        .replace("service: checkout", f"service: {service}")
        .replace("target: 0.999", f"target: {target}")
    )


def catalogue_of(*texts: str, revision: int = 1) -> Catalogue:
    return compile_catalogue(bodies_of(*texts), revision=revision, counted_from={})


def slo_of(text: str = AVAILABILITY) -> SLO:
    (slo,) = catalogue_of(text).slos
    return slo


def bodies_of(*texts: str) -> list[dict[str, Any]]:
    bodies = []
    for text in texts:
        documents, problems = read_text(text, "test.yaml")
        assert not problems
        bodies += [document.body for document in documents]
    return bodies


def key_of(slo: SLO, values: tuple[str, ...] = (), objective: int = 0) -> int:
    return series_key(slo.name, slo.objectives[objective].indicator.key, values)


def snapshot_of(
    counts: Mapping[int, Mapping[WindowKey, tuple[int, int]]],
    slos: Iterable[SLO],
    *,
    at: int = NOW,
    revision: int = 1,
    shard: int = 0,
    **more: Any,
) -> Snapshot:
    """Return a snapshot of (good, total) by series and window; missing ones are 0."""
    windows = in_order(window for slo in slos for window in windows_of(slo, at))
    shape = (len(counts), len(windows))
    good, total = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, by_window in enumerate(counts.values()):
        for window, (one_good, one_total) in by_window.items():
            column = windows.index(window)
            good[row, column], total[row, column] = one_good, one_total
    more.setdefault("watermarks", {TOPIC: (at - 2) * 1000})
    return Snapshot(
        shard, at, revision, windows, np.array(list(counts), np.uint64), good, total, **more
    )


def even(good: int, total: int, slo: SLO) -> dict[WindowKey, tuple[int, int]]:
    """Return the same counts for every window of an SLO."""
    return dict.fromkeys(windows_of(slo, NOW), (good, total))


def group_of(slo: SLO, values: tuple[str, ...]) -> GroupName:
    indicator = slo.objectives[0].indicator.key
    return GroupName(series_key(slo.name, indicator, values), slo.name, indicator, values)


class Kafka:
    """An event writer that keeps what it is given; `away` makes it unreachable."""

    def __init__(self) -> None:
        self.events: list[tuple[str, bytes | None, bytes]] = []
        self.away = False

    async def append_all(self, topic: str, events: Iterable[tuple[bytes | None, bytes]]) -> int:
        if self.away:
            raise BrokerUnavailable("cannot connect to Kafka at nowhere:9092")
        new = [(topic, key, value) for key, value in events]
        self.events += new
        return len(new)


class World:
    """The stores the api reads, and ways to fill them."""

    def __init__(
        self,
        definitions: MemoryDefinitions | SqlDefinitions | None = None,
        shards: MemoryShards | SqlShards | None = None,
        cluster: MemoryCluster | SqlCluster | None = None,
        alerts: MemoryAlerts | SqlAlerts | None = None,
        silences: MemorySilences | SqlSilences | None = None,
    ) -> None:
        self.definitions = definitions or MemoryDefinitions(now=self.clock)
        self.shards = shards or MemoryShards()
        kept = self.shards.alerts if isinstance(self.shards, MemoryShards) else MemoryAlerts()
        self.alerts = alerts or kept
        self.silences = silences or MemorySilences()
        self.cluster = cluster or MemoryCluster()
        self.tokens = MemoryTokens()
        self.kafka = Kafka()
        self.outbox, self.notifications = _notifications(self.shards)
        self.periods = _periods(self.shards)
        self.now = float(NOW)
        self._slos: dict[int, dict[str, SLO]] = {}
        self._counts: dict[int, dict[int, dict[WindowKey, tuple[int, int]]]] = {}

    def clock(self) -> datetime:
        """Return what the clock of this world says."""
        return datetime.fromtimestamp(self.now, UTC)

    async def define(self, *texts: str) -> Catalogue:
        """Put definitions in force, unchecked."""
        bodies = bodies_of(*texts)
        there = [*(await self.definitions.load()).bodies, *bodies]
        slos = compile_catalogue(there, revision=0, counted_from={}).slos
        pairs = {(slo.name, indicator.key) for slo in slos for indicator in slo.indicators()}
        done = await self.definitions.apply(Change(bodies=bodies, indicators=pairs))
        stored = await self.definitions.load()
        return compile_catalogue(
            stored.bodies, revision=done.revision, counted_from=stored.counted_from
        )

    async def evaluated(self, snapshot: Snapshot) -> None:
        """Let the evaluator of a shard write its figures."""
        await self.cluster.counts_partitions(SHARDS)
        claim = await self.shards.claim(snapshot.shard)
        row = StatusRow(snapshot.shard, claim.epoch, encode_snapshot(snapshot))
        assert await self.shards.put_statuses([row]) == []

    async def counted(self, slo: SLO, good: int, total: int, **more: Any) -> None:
        """Let an SLO have counted this much in all of its windows."""
        shard = shard_of(slo.name, SHARDS)
        slos, counts = self._slos.setdefault(shard, {}), self._counts.setdefault(shard, {})
        slos[slo.name] = slo
        counts[key_of(slo)] = even(good, total, slo)
        await self.evaluated(snapshot_of(counts, slos.values(), shard=shard, **more))

    async def remembered(self, shard: int, counts: Mapping[int, Cells]) -> None:
        """Store what series counted in 10-second buckets, as evaluators store it."""
        closed = {10: NOW, 60: (NOW - 600) // 300 * 300}
        closed[900] = closed[60] // 3600 * 3600
        spans: dict[tuple[int, int], Any] = {}
        for column, cells in enumerate(counts.values()):
            for at, (good, total) in cells.items():
                for tier, span in SPANS.items():
                    kept = (NOW - KEPT[tier]) // span * span
                    if not kept <= at < closed[tier]:
                        continue
                    start = at // span * span
                    planes = spans.setdefault(
                        (tier, start), np.zeros((2, span // tier, BLOCK), np.int64)
                    )
                    planes[:, (at - start) // tier, column] += (good, total)
        claim = await self.shards.claim(shard)
        await self.shards.flush(
            Flush(
                shard,
                claim.epoch,
                0,
                "",
                b"",
                closed[60],
                closed[900],
                encode_names(Names(np.array(list(counts), np.uint64))),
                [Segment(*key, 0, encode_span(*planes)) for key, planes in spans.items()],
            )
        )


def _notifications(
    shards: MemoryShards | SqlShards,
) -> tuple[MemoryOutbox | SqlOutbox, MemoryNotifications | SqlNotifications]:
    if isinstance(shards, SqlShards):
        return SqlOutbox(shards._engine), SqlNotifications(shards._engine)
    outbox = MemoryOutbox(shards)
    return outbox, MemoryNotifications(outbox)


def _periods(shards: MemoryShards | SqlShards) -> MemoryPeriodTotals | SqlPeriodTotals:
    if isinstance(shards, SqlShards):
        return SqlPeriodTotals(shards._engine)
    return MemoryPeriodTotals(shards)


def app_of(
    world: World, door: Door | None = None, *, requests_per_second: float = 500.0
) -> FastAPI:
    return create_app(
        Ports(
            definitions=world.definitions,
            statuses=world.shards,
            cluster=world.cluster,
            segments=world.shards,
            periods=world.periods,
            alerts=world.alerts,
            silences=world.silences,
            events=world.kafka,
            notifications=world.notifications,
            tokens=world.tokens,
        ),
        Limits(7 * 86_400, 300, requests_per_second=requests_per_second),
        Metrics(CollectorRegistry()),
        door=door or Door(),
        now=lambda: world.now,
    )


@asynccontextmanager
async def open_client(
    world: World, door: Door | None = None, *, requests_per_second: float = 500.0
) -> AsyncIterator[AsyncClient]:
    app = app_of(world, door, requests_per_second=requests_per_second)
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://api") as client:
        yield client

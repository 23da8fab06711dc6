"""A courier on a simulated clock, with an outbox in memory and a receiver that remembers."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry

from services.evaluator.delivery.access import Secrets
from services.evaluator.delivery.courier import Courier
from services.evaluator.delivery.directory import Directory
from services.evaluator.delivery.lane import Lanes
from services.evaluator.delivery.metrics import DeliveryMetrics
from services.evaluator.delivery.receiver import Attempt, Receiver
from services.evaluator.delivery.receivers.alertmanager import Alertmanager
from services.evaluator.delivery.standing import Standing
from shared.domain.target import Target, TargetKind, Written
from shared.memory import MemoryShards
from shared.memory_outbox import MemoryOutbox
from shared.notification import Event, encode_notification
from shared.sql.alert_rows import AlertChanges, AlertRow, Delivery, OutboxRow
from shared.sql.shard_rows import Flush
from tests.support.flush import alert_row
from tests.unit.evaluator.delivery.build import AT, notification

SHARD = 3


@dataclass
class Recorder:
    """A receiver that notes what it takes, and fails as it is told to."""

    clock: Callable[[], datetime]
    fails: Callable[[Attempt], Exception | None] = lambda _: None
    taken: list[tuple[datetime, str]] = field(default_factory=list)
    attempts: list[tuple[datetime, str]] = field(default_factory=list)

    async def send(self, attempt: Attempt) -> None:
        found = (self.clock(), attempt.notification.id)
        self.attempts.append(found)
        if (error := self.fails(attempt)) is not None:
            raise error
        self.taken.append(found)

    def ids(self) -> list[str]:
        return [id_ for _, id_ in self.taken]


@dataclass
class World:
    """Everything around the courier; time passes only when it is told to."""

    receivers: dict[TargetKind, Receiver] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = AT
        self.shards = MemoryShards()
        self.outbox = MemoryOutbox(self.shards)
        self.recorder = Recorder(lambda: self.now)
        self.receivers.setdefault(TargetKind.WEBHOOK, self.recorder)
        for name in ("on-call", "chat"):
            url = Written(f"https://{name}.example.com")
            self.targets.setdefault(name, Target(name, TargetKind.WEBHOOK, url))
        self.registry = CollectorRegistry()
        self.metrics = DeliveryMetrics(self.registry)
        self.owned: dict[int, int] = {}

    async def owner(self) -> Courier:
        """Take the shard over, as a new process would."""
        self.owned = {SHARD: (await self.shards.claim(SHARD)).epoch}
        return self.courier(self.owned)

    def courier(self, owned: Mapping[int, int]) -> Courier:
        self.lanes = Lanes()
        return Courier(
            self.outbox,
            self.directory(),
            self.lanes,
            self.metrics,
            owned=lambda: owned,
            now=lambda: self.now,
            chance=lambda: 0.5,
        )

    def directory(self) -> Directory:
        secrets = Secrets(environment=self.environment)
        return Directory(lambda: self.targets, self.receivers, secrets)

    def standing(self, alertmanager: Alertmanager) -> Standing:
        return Standing(
            self.outbox,
            self.directory(),
            self.lanes,
            alertmanager,
            owned=lambda: self.owned.keys(),
            now=lambda: self.now,
        )

    async def happen(
        self,
        alert: str = "a",
        sequence: int = 1,
        *,
        target: str = "on-call",
        event: Event = Event.FIRING,
        payload: str | None = None,
        alert_state: str | None = None,
    ) -> str:
        """Write an outbox row as the flush of a transition does; return its id."""
        told = notification(event, sequence, alert=alert, target=target)
        row = OutboxRow(
            told.id,
            SHARD,
            alert,
            sequence,
            target,
            payload or encode_notification(told),
            Delivery.PENDING,
            self.now,
        )
        rows: list[AlertRow] = []
        if alert_state is not None:
            rows = [alert_row(alert, shard=SHARD, state=alert_state)]
        changes = AlertChanges(rows, outbox=[row])
        await self.shards.flush(
            Flush(SHARD, self.owned[SHARD], 0, "t", b"", closed_10s=0, closed_60s=0, alerts=changes)
        )
        return told.id

    async def work(self, courier: Courier, seconds: float = 0, every: float = 1.0) -> None:
        """Let so much time pass, with a step of the courier at each second."""
        end = self.now + timedelta(seconds=seconds)
        while True:
            while True:
                await courier.step()
                await attempts_ended()
                if not courier.news.is_set():
                    break
            if self.now >= end:
                return
            self.now = min(end, self.now + timedelta(seconds=every))

    def state(self, id_: str) -> str:
        return self.outbox.rows[id_].state.value

    def outcomes(self, target: str = "on-call") -> dict[str, float]:
        return {
            sample.labels["outcome"]: sample.value
            for metric in self.registry.collect()
            for sample in metric.samples
            if sample.name == "leeway_notifications_total" and sample.labels["target"] == target
        }


async def attempts_ended() -> None:
    """Wait until every attempt that a courier began has ended."""
    while under_way := [one for one in asyncio.all_tasks() if one.get_name().startswith("notify ")]:
        await asyncio.wait(under_way)

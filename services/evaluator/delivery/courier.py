"""Carries notifications from the outbox to their targets, at least once and in order.

Per alert and target one is under way at a time, and the next only once it is settled. An attempt is
noted before it is made, so that whoever takes the shard over waits for its end. What has become of
attempts is kept until the database has taken it.
"""

import asyncio
import random
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec
import structlog
from opentelemetry.trace import SpanKind

from services.evaluator.delivery.backoff import pause
from services.evaluator.delivery.directory import Directory
from services.evaluator.delivery.lane import Lane, Lanes
from services.evaluator.delivery.metrics import DeliveryMetrics
from services.evaluator.delivery.outcome import Refused, Undelivered, Unreached
from services.evaluator.delivery.receiver import Attempt
from shared.clock import second_of
from shared.domain.target import Target
from shared.notification import decode_notification
from shared.sql.alert_rows import Delivery
from shared.sql.outbox import Settled, Waiting
from shared.tracing import span

AT_ONCE = 100  # rows looked at by one step
ATTEMPT_SECONDS = 25.0
LEASE = timedelta(seconds=40)  # longer than an attempt and the noting of its outcome
GIVE_UP_AFTER = timedelta(days=3)

log = structlog.get_logger(__name__)


class Outbox(Protocol):
    """Where notifications wait; every call raises StoreUnavailable."""

    async def due(
        self,
        shards: Collection[int],
        now: datetime,
        *,
        without: Collection[str] = (),
        limit: int = 100,
    ) -> list[Waiting]:
        """Return what is due, per alert and target only the first."""

    async def claim(
        self, rows: Sequence[Waiting], epochs: Mapping[int, int], until: datetime
    ) -> set[str]:
        """Begin an attempt at each row; return the ids of those that are ours to try."""

    async def settle(self, outcomes: Sequence[Settled]) -> None:
        """Note what became of attempts."""


class Courier:
    """Works off the outbox of the shards that this process owns."""

    def __init__(
        self,
        outbox: Outbox,
        directory: Directory,
        lanes: Lanes,
        metrics: DeliveryMetrics,
        *,
        owned: Callable[[], Mapping[int, int]],
        now: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._directory = directory
        self._lanes = lanes
        self._metrics = metrics
        self._owned = owned
        self._now = now
        self._chance = chance
        self._unsettled: list[Settled] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self._ids: set[str] = set()  # of what is under way
        self.news = asyncio.Event()

    async def step(self) -> None:
        """Note what became of attempts, and begin those that are due; raises StoreUnavailable."""
        self.news.clear()
        await self._settle()
        targets, epochs = self._directory.targets(), self._owned()
        if targets is None or not epochs:
            return
        async with self._lanes.choosing:
            now = self._now()
            full = self._lanes.full(now)
            told = datetime.fromtimestamp(second_of(now.timestamp()), UTC)  # by the last tick
            due = await self._outbox.due(epochs.keys(), told, without=full, limit=AT_ONCE)
            chosen = self._with_room(due, now)
            if not chosen:
                return
            claimed = await self._outbox.claim(chosen, epochs, now + LEASE)
            for row in chosen:
                if row.id in claimed:
                    self._begin(row, targets.get(row.target))

    async def stop(self, seconds: float) -> None:
        """Let attempts that began end, for so long, and note what became of them."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)
        for task in self._under_way:
            task.cancel()
        await self._settle()

    async def _settle(self) -> None:
        outcomes = list(self._unsettled)
        if outcomes:
            await self._outbox.settle(outcomes)
            del self._unsettled[: len(outcomes)]

    def _with_room(self, due: Sequence[Waiting], now: datetime) -> list[Waiting]:
        ours = self._ids | {outcome.id for outcome in self._unsettled}
        room: dict[str, int] = {}
        chosen = []
        for row in due:
            left = room.setdefault(row.target, self._lanes.of(row.target).room(now))
            if left and row.id not in ours:
                room[row.target] = left - 1
                chosen.append(row)
        return chosen

    def _begin(self, row: Waiting, target: Target | None) -> None:
        lane = self._lanes.of(row.target)
        lane.busy += 1
        self._ids.add(row.id)
        task = asyncio.create_task(self._try(row, target, lane), name=f"notify {row.id}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _try(self, row: Waiting, target: Target | None, lane: Lane) -> None:
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                with span("notify", SpanKind.CLIENT, target=row.target, notification=row.id):
                    await self._send(row, target)
        except Undelivered as failure:
            self._not_delivered(row, lane, failure)
        except TimeoutError:
            self._not_delivered(row, lane, Unreached("it did not answer in time"))
        except Exception as error:  # noqa: BLE001 - of any library: must not end the counting
            self._not_delivered(row, lane, _mistake(error))
        else:
            lane.succeeded()
            self._note(row, Settled(row.id, Delivery.DELIVERED, self._now()), "delivered")
        finally:
            lane.busy -= 1
            self._ids.discard(row.id)

    async def _send(self, row: Waiting, target: Target | None) -> None:
        if target is None:
            raise Refused(f"there is no notification target {row.target!r} any more")
        access = self._directory.secrets.access(target)
        try:
            notification = decode_notification(row.payload)
        except msgspec.MsgspecError as error:
            raise Refused(f"what is to be said cannot be read: {error}") from error
        assert target.kind is not None
        link = self._directory.link(notification)
        receiver = self._directory.receivers[target.kind]
        await receiver.send(Attempt(notification, access, self._now(), link))

    def _not_delivered(self, row: Waiting, lane: Lane, failure: Undelivered) -> None:
        now = self._now()
        if not isinstance(failure, Unreached):
            lane.succeeded()
            self._fail(row, str(failure), now)
            return
        lane.failed(failure, now, self._chance())
        if now - row.created_at >= GIVE_UP_AFTER:
            self._fail(row, f"given up after {GIVE_UP_AFTER.days} days: {failure}", now)
            return
        wait = max(failure.retry_after or 0.0, pause(row.attempts + 1, self._chance()))
        again = now + timedelta(seconds=wait)
        log.info("notification not delivered yet", id=row.id, reason=str(failure))
        self._note(row, Settled(row.id, Delivery.PENDING, again, str(failure)), "retried")

    def _fail(self, row: Waiting, reason: str, now: datetime) -> None:
        log.warning("notification failed; try it again with `leeway notify`", id=row.id, why=reason)
        self._note(row, Settled(row.id, Delivery.FAILED, now, reason), "failed")

    def _note(self, row: Waiting, outcome: Settled, what: str) -> None:
        self._metrics.attempted(row.target, what)
        self._unsettled.append(outcome)
        self.news.set()


def _mistake(error: Exception) -> Refused:
    """Return what to say of an error nobody expected; its own message might hold a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return Refused(f"a mistake in Leeway: {type(error).__name__} at {place}")

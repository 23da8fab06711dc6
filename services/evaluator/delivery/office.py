"""Keeps the delivery of notifications going, next to everything else that the evaluator does."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

import structlog

from services.evaluator.delivery.courier import Courier
from services.evaluator.delivery.metrics import DeliveryMetrics
from services.evaluator.delivery.receivers.alertmanager import RESEND_SECONDS
from services.evaluator.delivery.standing import Standing
from services.evaluator.vitals import Vitals
from services.evaluator.waiting import wait_for
from shared.domain.errors import StoreUnavailable
from shared.sql.outbox import Backlog

LOOK_SECONDS = 1.0  # how often the outbox is asked for what is due
COUNT_SECONDS = 10.0  # how often what is left is counted
STOPPING_SECONDS = 5.0

log = structlog.get_logger(__name__)


class BacklogStore(Protocol):
    """Where it is known what was not delivered."""

    async def backlog(self, shards: Collection[int]) -> Sequence[Backlog]:
        """Return what was not told to each target; raises StoreUnavailable."""


class Office:
    """Has notifications carried, repeated and counted until told to stop."""

    def __init__(
        self,
        courier: Courier,
        standing: Standing,
        backlog: BacklogStore,
        metrics: DeliveryMetrics,
        vitals: Vitals,
        *,
        owned: Callable[[], Collection[int]],
        now: Callable[[], datetime],
    ) -> None:
        self._courier = courier
        self._standing = standing
        self._backlog = backlog
        self._metrics = metrics
        self._vitals = vitals
        self._owned = owned
        self._now = now

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; attempts that began may end."""
        works = (self._carry, self._repeat, self._count)
        async with asyncio.TaskGroup() as tasks:
            helpers = [tasks.create_task(work(), name=work.__name__) for work in works]
            await stopping.wait()
            for helper in helpers:
                helper.cancel()
        with suppress(StoreUnavailable):
            await self._courier.stop(STOPPING_SECONDS)

    async def _carry(self) -> None:
        while True:
            try:
                await self._courier.step()
            except StoreUnavailable as error:
                self._vitals.store_failed("outbox", error)
                await asyncio.sleep(LOOK_SECONDS)
            await wait_for(self._courier.news, LOOK_SECONDS)

    async def _repeat(self) -> None:
        while True:
            ready = self._standing.is_ready
            try:
                await self._standing.step()
            except StoreUnavailable as error:
                self._vitals.store_failed("outbox", error)
            await asyncio.sleep(RESEND_SECONDS if ready else LOOK_SECONDS)

    async def _count(self) -> None:
        while True:
            owned = self._owned()
            try:
                backlog = await self._backlog.backlog(owned) if owned else []
                self._metrics.left(backlog, self._now())
            except StoreUnavailable as error:
                self._vitals.store_failed("outbox", error)
            await asyncio.sleep(COUNT_SECONDS if owned else LOOK_SECONDS)

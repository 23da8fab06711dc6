"""Clears away what is long over, in small portions, next to everything else."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from services.evaluator.vitals import Vitals
from services.evaluator.waiting import wait_for
from shared.domain.errors import StoreUnavailable

EVERY_SECONDS = 600.0
PAUSE_SECONDS = 0.2  # between two portions: others write as well

log = structlog.get_logger(__name__)


class PastStore(Protocol):
    """Where alerts, notifications and silences stay when they are over."""

    async def remove(self, shards: Collection[int], before: datetime) -> int:
        """Remove a portion of what was over before this; return how much that was."""


class Clearance:
    """Keeps what is over for so many days, and no longer."""

    def __init__(
        self,
        past: PastStore,
        keep: timedelta,
        vitals: Vitals,
        *,
        owned: Callable[[], Collection[int]],
        now: Callable[[], datetime],
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._past = past
        self._keep = keep
        self._vitals = vitals
        self._owned = owned
        self._now = now
        self._pause = pause

    async def run(self, stopping: asyncio.Event) -> None:
        """Clear away until told to stop."""
        while not stopping.is_set():
            if removed := await self.clear(stopping):
                log.info("removed what was long over", rows=removed, days=self._keep.days)
            await wait_for(stopping, EVERY_SECONDS)

    async def clear(self, stopping: asyncio.Event) -> int:
        """Remove portion by portion everything that is old enough; return how much that was."""
        removed = 0
        while (shards := list(self._owned())) and not stopping.is_set():
            try:
                portion = await self._past.remove(shards, self._now() - self._keep)
            except StoreUnavailable as error:
                self._vitals.store_failed("clearance", error)
                break
            if not portion:
                break
            removed += portion
            await wait_for(stopping, self._pause)
        return removed

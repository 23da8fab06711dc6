"""Saves the shards regularly, and goes on trying while the database is away."""

import asyncio
import time
from collections.abc import Callable

import structlog

from services.evaluator.held import Held, Holding
from services.evaluator.save import FlushStore, completed, prepare
from services.evaluator.vitals import Vitals
from shared.domain.errors import Fenced, StoreUnavailable
from shared.tracing import span

QUIET_SECONDS = 60  # a shard that counted nothing saves its position only so often

log = structlog.get_logger(__name__)


class Saver:
    """Writes what changed in the shards, one transaction a shard."""

    def __init__(
        self,
        store: FlushStore,
        holding: Holding,
        vitals: Vitals,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._holding = holding
        self._vitals = vitals
        self._clock = clock
        self._saving = asyncio.Lock()

    async def save(self, *, everything: bool = False, urgent: bool = False) -> bool:
        """Save every shard that is due; return False when the database could not be reached.

        An `urgent` call is for those shards alone to whose alerts something happened. What could
        not be saved stays prepared, and is saved as it is the next time.
        """
        async with self._saving:
            try:
                for held in list(self._holding.held.values()):
                    if urgent:
                        await self._save_alerts(held)
                    elif self._is_due(held, everything=everything):
                        await self._save(held)
            except StoreUnavailable as error:
                self._vitals.store_failed("flush", error)
                return False
        return True

    def _is_due(self, held: Held, *, everything: bool) -> bool:
        if held.prepared is not None:
            return True
        if held.shard.progress.next_offset == held.saved_offset and not held.shard.has_unsaved:
            return False
        quiet = self._clock() - held.saved_at < QUIET_SECONDS
        return everything or held.shard.has_unsaved or not quiet

    async def _save_alerts(self, held: Held) -> None:
        """Write what happened to the alerts of a shard, after the flush that may be under way."""
        if held.prepared is not None:
            await self._save(held)
        if held.shard.alerting.happened and self._holding.held.get(held.shard.number) is held:
            await self._save(held)

    async def _save(self, held: Held) -> None:
        """Write one flush; once its writing began it must stay the same, whatever comes of it."""
        started = self._clock()
        held.prepared = held.prepared or prepare(held.shard, held.epoch)
        try:
            held.flush = held.flush or await completed(self._store, held.prepared)
            with span("flush", shard=held.shard.number):
                await self._store.flush(held.flush)
        except Fenced:
            self._holding.lose(held, self._clock())
            return
        self._vitals.flushed(held.flush, self._clock() - started)
        held.saved_offset, held.saved_at = held.flush.next_offset, self._clock()
        held.prepared = held.flush = None

"""Stores the current figures of the shards after each tick."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from services.evaluator.held import Held, Holding
from services.evaluator.vitals import Vitals
from shared.domain.errors import StoreUnavailable
from shared.snapshot import Snapshot, encode_snapshot
from shared.sql.shard_rows import StatusRow
from shared.tracing import span


class StatusStore(Protocol):
    """Where the current figures of shards are stored."""

    async def put_statuses(self, statuses: Sequence[StatusRow]) -> list[int]:
        """Store the figures of several shards at once; return those that have another owner."""


class Publisher:
    """Writes the snapshots of all shards that changed, in one transaction."""

    def __init__(
        self,
        store: StatusStore,
        holding: Holding,
        vitals: Vitals,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._holding = holding
        self._vitals = vitals
        self._clock = clock
        self._publishing = asyncio.Lock()

    async def publish(self, at: int) -> bool:
        """Store the figures as of `at`; return False when the database could not be reached."""
        async with self._publishing:
            changed = [
                (held, content, held.figures.snapshot(at))
                for held in self._holding.held.values()
                if (content := _content(held)) != held.shown
            ]
            if not changed:
                return True
            rows = await asyncio.to_thread(
                _encoded, [(held.epoch, snapshot) for held, _, snapshot in changed]
            )
            try:
                with span("publish statuses", shards=len(rows)):
                    fenced = set(await self._store.put_statuses(rows))
            except StoreUnavailable as error:
                self._vitals.store_failed("status", error)
                return False
            self._vitals.store_answered()
            for held, content, _ in changed:
                held.shown = content
                if held.shard.number in fenced:
                    self._holding.lose(held, self._clock())
        return True


def _content(held: Held) -> object:
    """Return what the figures depend on: when it is the same, so are they."""
    shard = held.shard
    watch = shard.watch
    if watch is None or not watch.slos:
        missed = tuple(shard.fold.lost.items()), tuple(shard.fold.ambiguous.items())
        return held.epoch, watch.revision if watch else 0, missed
    counted = shard.progress.next_offset, shard.is_settled, shard.counters.to
    return held.epoch, watch, shard.table, *counted, shard.alerting.version


def _encoded(snapshots: Sequence[tuple[int, Snapshot]]) -> list[StatusRow]:
    return [StatusRow(s.shard, epoch, encode_snapshot(s)) for epoch, s in snapshots]

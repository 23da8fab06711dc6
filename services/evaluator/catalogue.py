"""The definitions in force, followed as they change."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from services.evaluator.domain.watch import Watch, slos_of, watch_of
from shared.clock import second_of
from shared.definitions.compile import compile_catalogue
from shared.domain.errors import StoreUnavailable
from shared.domain.slo import SLO, Catalogue
from shared.sql.definitions import Stored
from shared.sql.promises import next_turn_of, promises_that_count

log = structlog.get_logger(__name__)


class DefinitionStore(Protocol):
    """Where definitions are kept, in revisions."""

    async def revision(self) -> int:
        """Return the current revision; asked every two seconds."""

    async def load(self) -> Stored:
        """Return everything in force."""


class Definitions:
    """One revision of the definitions, divided among the shards."""

    def __init__(self, catalogue: Catalogue, shards: int) -> None:
        self.catalogue = catalogue
        self._shards = shards
        self._slos: dict[int, list[SLO]] = slos_of(catalogue, shards)

    def watch(self, shard: int, at: int) -> Watch:
        """Return what a shard must watch from the moment `at` on."""
        return watch_of(self.catalogue, self._slos.get(shard, []), shard, self._shards, at)


class DefinitionFeed:
    """Knows the definitions once they could be read, and goes on with what it has.

    What agreements promise changes also when the first day of a version comes: `now` is the clock,
    in seconds.
    """

    def __init__(
        self, store: DefinitionStore, shards: int, now: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._shards = shards
        self._now = now
        self._turn: int | None = None
        self.current: Definitions | None = None
        self.reachable = True

    async def refresh(self) -> bool:
        """Return whether there are new definitions; an unreachable database changes nothing."""
        at = second_of(self._now())
        try:
            if not self._is_due(await self._store.revision(), at):
                return False
            stored = await self._store.load()
        except StoreUnavailable as error:
            if self.reachable:
                log.warning("cannot read the definitions", reason=str(error))
            self.reachable = False
            return False
        self.reachable = True
        self._turn = next_turn_of(stored.agreements, at)
        self.current = await asyncio.to_thread(self._compiled, stored, at)
        log.info("definitions loaded", revision=stored.revision)
        return True

    def _is_due(self, revision: int, at: int) -> bool:
        turned = self._turn is not None and at >= self._turn
        return turned or self.current is None or self.current.catalogue.revision != revision

    def _compiled(self, stored: Stored, at: int) -> Definitions:
        catalogue = compile_catalogue(
            stored.bodies,
            revision=stored.revision,
            counted_from=stored.counted_from,
            promises=promises_that_count(stored.agreements, at),
            revised=stored.revised,
        )
        return Definitions(catalogue, self._shards)

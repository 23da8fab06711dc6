"""The definitions in force, followed as they change."""

import asyncio
from typing import Protocol

import structlog

from services.evaluator.domain.watch import Watch, slos_of, watch_of
from shared.definitions.compile import compile_catalogue
from shared.domain.errors import StoreUnavailable
from shared.domain.slo import SLO, Catalogue
from shared.sql.agreements import terms_that_count
from shared.sql.definitions import Stored

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
    """Knows the definitions once they could be read, and goes on with what it has."""

    def __init__(self, store: DefinitionStore, shards: int) -> None:
        self._store = store
        self._shards = shards
        self.current: Definitions | None = None
        self.reachable = True

    async def refresh(self) -> bool:
        """Return whether there are new definitions; an unreachable database changes nothing."""
        try:
            revision = await self._store.revision()
            if self.current is not None and self.current.catalogue.revision == revision:
                return False
            stored = await self._store.load()
        except StoreUnavailable as error:
            if self.reachable:
                log.warning("cannot read the definitions", reason=str(error))
            self.reachable = False
            return False
        self.reachable = True
        self.current = await asyncio.to_thread(self._compiled, stored)
        log.info("definitions loaded", revision=stored.revision)
        return True

    def _compiled(self, stored: Stored) -> Definitions:
        catalogue = compile_catalogue(
            stored.bodies,
            revision=stored.revision,
            counted_from=stored.counted_from,
            terms=terms_that_count(stored.agreements),
            revised=stored.revised,
        )
        return Definitions(catalogue, self._shards)

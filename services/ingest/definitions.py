"""Keeping up with the definitions: asked for again and again, compiled once a revision."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from shared.definitions.compile import compile_catalogue
from shared.domain.errors import StoreUnavailable
from shared.domain.slo import Catalogue
from shared.sql.definitions import Stored

POLL_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Definitions(Protocol):
    """The definitions in force."""

    async def revision(self) -> int:
        """Return the number of the revision in force; cheap."""

    async def load(self) -> Stored:
        """Return all of them."""


class DefinitionsFeed:
    """Hands every new revision on. Without the database the last one stays in force."""

    def __init__(self, definitions: Definitions, adopt: Callable[[Catalogue], None]) -> None:
        self._definitions = definitions
        self._adopt = adopt
        self._known: int | None = None
        self.trouble = "the definitions were not read yet"

    @property
    def has_any(self) -> bool:
        """Whether any revision was read."""
        return self._known is not None

    async def run(self) -> None:
        """Look for a new revision again and again, for ever."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                self._complain(f"the definitions cannot be read: {error}")
            else:
                self._recovered()
            await asyncio.sleep(POLL_SECONDS)

    async def look(self) -> None:
        """Adopt the revision in force unless it is known; raises StoreUnavailable."""
        if await self._definitions.revision() == self._known:
            return
        stored = await self._definitions.load()
        catalogue = await asyncio.to_thread(
            compile_catalogue,
            stored.bodies,
            revision=stored.revision,
            counted_from=stored.counted_from,
        )
        self._known = stored.revision
        log.info("definitions", revision=stored.revision, slos=len(catalogue.slos))
        self._adopt(catalogue)

    def _complain(self, trouble: str) -> None:
        if trouble != self.trouble:
            going_on = "going on with the last ones" if self.has_any else "waiting for them"
            log.warning("no definitions", cause=trouble, then=going_on)
        self.trouble = trouble

    def _recovered(self) -> None:
        self.trouble = ""

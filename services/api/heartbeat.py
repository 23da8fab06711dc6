"""Finds out whether the api can do its work: whether the database answers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from services.api.catalogue import DefinitionStore
from shared.domain.errors import StoreUnavailable

EVERY_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Heartbeat:
    """Asks the database for the revision now and then; not ready until it answered.

    `require_current` is awaited before, until the database has answered once: it raises when the
    database is not one for this release, which ends the process.
    """

    def __init__(
        self, store: DefinitionStore, require_current: Callable[[], Awaitable[None]]
    ) -> None:
        self._store = store
        self._require_current = require_current
        self._reason: str | None = "the database was not asked yet"
        self._is_away = False

    def reasons(self) -> Sequence[str]:
        """Return why the api is not ready; nothing when it is."""
        return () if self._reason is None else (self._reason,)

    async def run(self, stopping: asyncio.Event) -> None:
        """Ask again and again until told to stop."""
        ask = self._ask_first
        while not stopping.is_set():
            try:
                await ask()
            except StoreUnavailable as error:
                self._lost(error)
            else:
                ask, self._reason, self._is_away = self._ask, None, False
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)

    async def _ask_first(self) -> None:
        await self._require_current()
        await self._ask()

    async def _ask(self) -> None:
        await self._store.revision()

    def _lost(self, error: StoreUnavailable) -> None:
        if not self._is_away:
            log.warning("the database cannot be reached", reason=str(error))
        self._reason, self._is_away = str(error), True

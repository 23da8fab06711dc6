"""Finds out whether the api can do its work: whether the database answers."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from services.api.catalogue import DefinitionStore
from shared.domain.errors import StoreUnavailable

EVERY_SECONDS = 2.0


class Heartbeat:
    """Asks the database for the revision now and then; not ready until it answered."""

    def __init__(self, store: DefinitionStore) -> None:
        self._store = store
        self._reason: str | None = "the database was not asked yet"

    def reasons(self) -> Sequence[str]:
        """Return why the api is not ready; nothing when it is."""
        return () if self._reason is None else (self._reason,)

    async def run(self, stopping: asyncio.Event) -> None:
        """Ask again and again until told to stop."""
        while not stopping.is_set():
            try:
                await self._store.revision()
                self._reason = None
            except StoreUnavailable as error:
                self._reason = str(error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), EVERY_SECONDS)

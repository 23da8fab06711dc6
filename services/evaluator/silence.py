"""The silences that are in force or will be, followed as they change."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from shared.domain.errors import StoreUnavailable
from shared.domain.silence import Silence

log = structlog.get_logger(__name__)


class SilenceStore(Protocol):
    """Where silences are kept."""

    async def unended(self, now: datetime) -> Sequence[Silence]:
        """Return every silence that is in force or will be."""


class SilenceFeed:
    """Knows the silences, and goes on with what it has while the database is away."""

    def __init__(self, store: SilenceStore) -> None:
        self._store = store
        self.known: Sequence[Silence] = ()

    async def refresh(self, now: float) -> None:
        """Read the silences anew."""
        try:
            self.known = await self._store.unended(datetime.fromtimestamp(now, UTC))
        except StoreUnavailable as error:
            log.debug("cannot read the silences", reason=str(error))

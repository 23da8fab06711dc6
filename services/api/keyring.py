"""Tells whom a token stands for, by the tokens of the database and of the mounted file."""

import asyncio
import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import structlog

from services.api.token_file import BadTokenFile, read_token_file
from shared.domain.access import Caller, Token, hash_of
from shared.domain.errors import StoreUnavailable

KNOWN_SECONDS = 5.0  # a token that was revoked elsewhere is worth nothing after this

log = structlog.get_logger(__name__)


class Keyring(Protocol):
    """Where callers are known from what they bring."""

    async def caller(self, secret: str) -> Caller | None:
        """Return whom this stands for, None when it is worth nothing."""


class Keyrings:
    """Several keyrings, asked one after the other."""

    def __init__(self, *keyrings: Keyring) -> None:
        self._keyrings = keyrings

    async def caller(self, secret: str) -> Caller | None:
        """Return whom the first that knows it says this stands for."""
        for keyring in self._keyrings:
            if (caller := await keyring.caller(secret)) is not None:
                return caller
        return None


class TokenStore(Protocol):
    """Where tokens are kept."""

    async def add(self, new: Token) -> None:
        """Put a token in force; raises NameTaken."""

    async def list(self) -> Sequence[Token]:
        """Return every token there ever was."""

    async def revoke(self, name: str, at: datetime) -> None:
        """Let a token be worth nothing; raises NotFound."""


class TokenKeyring:
    """Knows the tokens by their hashes, and looks again every few seconds.

    While the database is away, what was known last goes on being valid until it expires: events
    must come in then as well. A file that became unreadable leaves the last good one in force.
    """

    def __init__(
        self, store: TokenStore, now: Callable[[], float], file: Path | None = None
    ) -> None:
        self._store = store
        self._now = now
        self._file = file
        self._of_file = read_token_file(file) if file else ()
        self._of_store: Sequence[Token] | None = None
        self._known: dict[str, Token] = {}
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def caller(self, secret: str) -> Caller | None:
        """Return whom a token stands for; raises StoreUnavailable before any was ever read."""
        await self._look()
        wanted = hash_of(secret)
        # Looking up a hash tells by its time at most about hashes, which lead back to no token.
        token = self._known.get(wanted)
        if token is None or not hmac.compare_digest(token.sha256, wanted):
            return None
        valid = token.is_valid(datetime.fromtimestamp(self._now(), UTC))
        return token.caller if valid else None

    def forget(self) -> None:
        """Look again at the next request: a token was made or revoked here."""
        self._looked_at = float("-inf")

    async def _look(self) -> None:
        async with self._looking:
            if self._now() - self._looked_at < KNOWN_SECONDS:
                return
            await self._look_at_store()
            await asyncio.to_thread(self._look_at_file)
            self._known = {one.sha256: one for one in (*self._of_file, *(self._of_store or ()))}
            self._looked_at = self._now()

    async def _look_at_store(self) -> None:
        try:
            self._of_store = await self._store.list()
        except StoreUnavailable as error:
            if self._of_store is None and not self._of_file:
                raise
            log.warning("tokens not read again", reason=str(error))

    def _look_at_file(self) -> None:
        if self._file is None:
            return
        try:
            self._of_file = read_token_file(self._file)
        except BadTokenFile as error:
            log.warning("tokens not read again", reason=str(error))

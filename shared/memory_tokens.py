"""API tokens in memory, for tests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.domain.access import Token
from shared.domain.errors import NameTaken, NotFound


class MemoryTokens:
    """Tokens in a dict."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    async def add(self, new: Token) -> None:
        if new.name in self._tokens:
            raise NameTaken("token", new.name)
        self._tokens[new.name] = new

    async def list(self) -> Sequence[Token]:
        return [self._tokens[name] for name in sorted(self._tokens)]

    async def revoke(self, name: str, at: datetime) -> None:
        found = self._tokens.get(name)
        if found is None or found.revoked_at is not None:
            raise NotFound("token", name)
        self._tokens[name] = replace(found, revoked_at=at)

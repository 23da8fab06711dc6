"""API tokens, in SQL: their hashes, and what each may do."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.domain.access import Scope, Token
from shared.domain.errors import NameTaken, NotFound
from shared.sql.schema.access import api_token
from shared.sql.transaction import reading, writing


class SqlTokens:
    """What the api goes by, and `leeway token` writes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, new: Token) -> None:
        """Put a token in force; raises NameTaken, also when the older one is revoked."""
        try:
            async with writing(self._engine) as connection:
                await connection.execute(insert(api_token), _values(new))
        except IntegrityError as error:
            raise NameTaken("token", new.name) from error

    async def list(self) -> Sequence[Token]:
        """Return every token there ever was, by name."""
        async with reading(self._engine) as connection:
            rows = await connection.execute(select(api_token).order_by(api_token.c.name))
            return [_token(row) for row in rows]

    async def revoke(self, name: str, at: datetime) -> None:
        """Let a token be worth nothing from now on; raises NotFound."""
        async with writing(self._engine) as connection:
            done = await connection.execute(
                update(api_token)
                .where(api_token.c.name == name, api_token.c.revoked_at.is_(None))
                .values(revoked_at=at)
            )
        if done.rowcount == 0:
            raise NotFound("token", name)


def _values(one: Token) -> dict[str, Any]:
    return {
        "name": one.name,
        "sha256": one.sha256,
        "scopes": json.dumps(sorted(one.scopes)),
        "team": one.team,
        "created_by": one.created_by,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "revoked_at": one.revoked_at,
    }


def _token(row: Row[Any]) -> Token:
    return Token(
        row.name,
        row.sha256,
        frozenset(Scope(scope) for scope in json.loads(row.scopes)),
        row.created_by,
        row.created_at,
        row.team,
        row.expires_at,
        row.revoked_at,
    )

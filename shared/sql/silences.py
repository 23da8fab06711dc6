"""Silences, in SQL."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.domain.errors import NotFound
from shared.domain.silence import Comparison, Matcher, Silence
from shared.sql.schema.alert import silence
from shared.sql.transaction import reading, writing

Place = tuple[datetime, str]  # when it was created, and its id


class SqlSilences:
    """What the api writes and the evaluators go by."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, new: Silence) -> None:
        """Put a silence in force."""
        async with writing(self._engine) as connection:
            await connection.execute(insert(silence), _values(new))

    async def get(self, id_: str) -> Silence:
        """Return one silence; raises NotFound."""
        found = await self._all(select(silence).where(silence.c.id == id_))
        if not found:
            raise NotFound("silence", id_)
        return found[0]

    async def list(
        self, *, ending_after: datetime | None = None, after: Place | None = None, limit: int = 100
    ) -> Sequence[Silence]:
        """Return silences, the newest first: those that lie behind a place in the list.

        With `ending_after` only those that are in force, or will be, at that moment or later.
        """
        wanted = select(silence).order_by(silence.c.created_at.desc(), silence.c.id.desc())
        if after is not None:
            wanted = wanted.where(tuple_(silence.c.created_at, silence.c.id) < _place(after))
        if ending_after is not None:
            wanted = wanted.where(silence.c.ends_at > ending_after, silence.c.ended_at.is_(None))
        return await self._all(wanted.limit(limit))

    async def unended(self, now: datetime) -> Sequence[Silence]:
        """Return every silence that is in force or will be."""
        return await self._all(
            select(silence).where(silence.c.ends_at > now, silence.c.ended_at.is_(None))
        )

    async def end(self, id_: str, at: datetime) -> Silence:
        """End a silence now rather than when it was to end; one that has ended stays as it is.

        Raises NotFound.
        """
        async with writing(self._engine) as connection:
            await connection.execute(
                update(silence)
                .where(silence.c.id == id_, silence.c.ended_at.is_(None), silence.c.ends_at > at)
                .values(ended_at=at)
            )
        return await self.get(id_)

    async def _all(self, wanted: Any) -> Sequence[Silence]:
        async with reading(self._engine) as connection:
            return [_silence(row) for row in await connection.execute(wanted)]


def _place(after: Place) -> Any:
    return tuple_(*after, types=[silence.c.created_at.type, silence.c.id.type])


def _values(one: Silence) -> dict[str, Any]:
    matchers = [{"name": m.name, "op": m.comparison.value, "value": m.value} for m in one.matchers]
    return {
        "id": one.id,
        "matchers": json.dumps(matchers),
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "created_by": one.created_by,
        "note": one.note,
        "created_at": one.created_at,
        "ended_at": one.ended_at,
    }


def _silence(row: Row[Any]) -> Silence:
    matchers = json.loads(row.matchers)
    return Silence(
        row.id,
        tuple(Matcher(m["name"], Comparison(m["op"]), m["value"]) for m in matchers),
        row.starts_at,
        row.ends_at,
        row.created_by,
        row.note,
        row.created_at,
        row.ended_at,
    )

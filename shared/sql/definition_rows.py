"""The rows behind `shared.sql.definitions`: one function per statement or two."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.definitions.former import Revised
from shared.sql.revision import Action, Name, Step, body_of
from shared.sql.schema.definition import (
    definition,
    definition_change,
    definition_revision,
    indicator,
)
from shared.sql.upsert import upsert

_AT_ONCE = 1_000  # names in one question: databases limit the parameters of a statement


async def revision(connection: AsyncConnection, *, lock: bool = False) -> int:
    """Return the current revision; `lock` keeps everybody else from making the next one."""
    wanted = select(definition_revision.c.revision)
    found = await connection.execute(wanted.with_for_update() if lock else wanted)
    return int(found.scalar_one())


async def bodies(connection: AsyncConnection, names: Sequence[Name]) -> dict[Name, str]:
    """Return those of the named definitions that are there, as canonical JSON."""
    key = tuple_(definition.c.kind, definition.c.name)
    found: dict[Name, str] = {}
    for i in range(0, len(names), _AT_ONCE):
        chunk = await connection.execute(
            select(definition.c.kind, definition.c.name, definition.c.body).where(
                key.in_(names[i : i + _AT_ONCE])
            )
        )
        found |= {(row.kind, row.name): row.body for row in chunk}
    return found


async def write_revision(connection: AsyncConnection, number: int, at: datetime) -> None:
    """Make this the current revision."""
    await connection.execute(update(definition_revision).values(revision=number, at=at))


async def write_steps(connection: AsyncConnection, steps: Sequence[Step], number: int) -> None:
    """Bring the definitions to what they are after these steps."""
    written = [
        {
            "kind": step.kind,
            "name": step.name,
            "body": step.after,
            "created_revision": number,
            "changed_revision": number,
        }
        for step in steps
        if step.after is not None
    ]
    if written:
        statement = upsert(connection, definition, keep=("created_revision",))
        await connection.execute(statement, written)
    gone = [(step.kind, step.name) for step in steps if step.after is None]
    for i in range(0, len(gone), _AT_ONCE):
        key = tuple_(definition.c.kind, definition.c.name)
        await connection.execute(delete(definition).where(key.in_(gone[i : i + _AT_ONCE])))


async def counted_from(connection: AsyncConnection) -> dict[tuple[str, str], int]:
    """Return, per (SLO name, indicator key), the revision from which on it is counted."""
    found = await connection.execute(
        select(indicator).order_by(indicator.c.slo, indicator.c.indicator)
    )
    return {(row.slo, row.indicator): row.since_revision for row in found}


async def revised(connection: AsyncConnection, since: datetime) -> tuple[Revised, ...]:
    """Return the changes of SLOs since a moment, in the order in which they were made."""
    change = definition_change.c
    found = await connection.execute(
        select(change.name, change.revision, change.at, change.before, change.after)
        .where(change.kind == "SLO", change.action == Action.CHANGED.value, change.at >= since)
        .order_by(change.revision, change.name)
    )
    return tuple(
        Revised(row.name, row.revision, row.at, body_of(row.before), body_of(row.after))
        for row in found
    )


async def write_indicators(
    connection: AsyncConnection, pairs: Collection[tuple[str, str]], number: int
) -> None:
    """Forget what is not counted any more; what is new is counted from this revision on."""
    there = await counted_from(connection)
    wanted = set(pairs)
    gone = sorted(there.keys() - wanted)
    for i in range(0, len(gone), _AT_ONCE):
        key = tuple_(indicator.c.slo, indicator.c.indicator)
        await connection.execute(delete(indicator).where(key.in_(gone[i : i + _AT_ONCE])))
    new = sorted(wanted - there.keys())
    if new:
        await connection.execute(
            insert(indicator),
            [{"slo": slo, "indicator": key, "since_revision": number} for slo, key in new],
        )

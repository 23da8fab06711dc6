"""The definitions and everything that ever happened to them, in SQL."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.definitions.former import Revised
from shared.domain.errors import NotFound, RevisionConflict
from shared.domain.signing import Wish
from shared.sql import agreements, audit
from shared.sql import definition_rows as rows
from shared.sql.agreements import NewTerms, Versions, new_versions, signed, steps_of
from shared.sql.audit import UNNAMED, AuditQuery, Author, Recorded
from shared.sql.revision import Action, Body, Name, Outcome, body_of, decide, touched
from shared.sql.schema.definition import definition
from shared.sql.transaction import reading, writing


@dataclass(frozen=True, slots=True)
class Change:
    """Definitions to write and to delete, all or none of them.

    `bodies` are plain OpenSLO documents, each (kind, name) once. `indicators` are the
    (SLO name, indicator key) pairs that exist after the change; who computed them from what was
    loaded passes that revision as `base_revision`, or another change may slip in between. `terms`
    are those of every agreement after the change.
    """

    bodies: Sequence[Body] = ()
    deletions: Sequence[Name] = ()
    base_revision: int | None = None
    author: Author = UNNAMED
    indicators: Collection[tuple[str, str]] = ()
    terms: Mapping[str, NewTerms] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a change came to: the revision now in force, and `Kind/name` of everything in it."""

    revision: int
    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """All definitions of one revision, by kind and name, as plain documents.

    `counted_from` holds, per (SLO name, indicator key), the revision that first defined it;
    `agreements` are all versions of every agreement, the oldest first, and `revised` the changes of
    SLOs that a window may reach back to.
    """

    revision: int
    bodies: tuple[Body, ...]
    counted_from: dict[tuple[str, str], int]
    agreements: Versions = field(default_factory=dict)
    revised: tuple[Revised, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    """One definition in force."""

    kind: str
    name: str
    body: Body
    created_revision: int
    changed_revision: int


def applied(revision: int, outcome: Outcome) -> Applied:
    """Return the answer to whoever made a change."""
    return Applied(
        revision,
        outcome.names(Action.CREATED),
        outcome.names(Action.CHANGED),
        tuple(f"{kind}/{name}" for kind, name in outcome.unchanged),
        outcome.names(Action.DELETED),
    )


def check_base(change: Change, revision: int) -> None:
    """Raise RevisionConflict when a change was made to other definitions than the current ones."""
    if change.base_revision not in (None, revision):
        raise RevisionConflict(
            f"the definitions are at revision {revision}, this change was made to revision "
            f"{change.base_revision}: read them again and repeat it"
        )


REACH = timedelta(days=400)
"""How far back a window reaches, and former versions of a promise are looked for."""


def utc_now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


class SqlDefinitions:
    """What is promised, what was promised before, and who changed it when."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._now = now

    async def revision(self) -> int:
        """Return the current revision, 0 when nothing was ever applied; cheap enough to poll."""
        async with reading(self._engine) as connection:
            return await rows.revision(connection)

    async def load(self) -> Stored:
        """Return everything in force, as of one revision."""
        async with reading(self._engine) as connection:
            revision = await rows.revision(connection)
            bodies = await connection.scalars(
                select(definition.c.body).order_by(definition.c.kind, definition.c.name)
            )
            counted_from = await rows.counted_from(connection)
            versions = await agreements.load(connection)
            revised = await rows.revised(connection, self._now() - REACH)
        return Stored(revision, tuple(map(body_of, bodies)), counted_from, versions, revised)

    async def apply(self, change: Change) -> Applied:
        """Make all of a change, in one new revision, or nothing; no revision if nothing differs.

        Raises RevisionConflict when `base_revision` is given and is not the current one any more,
        NotFound for the deletion of something that is not there.
        """
        async with writing(self._engine) as connection:
            revision = await rows.revision(connection, lock=True)
            check_base(change, revision)
            there = await rows.bodies(connection, touched(change.bodies, change.deletions))
            outcome = decide(change.bodies, change.deletions, there)
            if outcome.steps:
                revision += 1
                at = self._now()
                await rows.write_revision(connection, revision, at)
                await rows.write_steps(connection, outcome.steps, revision)
                await rows.write_indicators(connection, change.indicators, revision)
                there_before = await agreements.load(connection)
                new = new_versions(change.terms, there_before, at, change.author)
                await agreements.add(connection, new)
                steps = steps_of(new, outcome.steps)
                await audit.write(connection, steps, revision, at, change.author)
        return applied(revision, outcome)

    async def sign(self, agreement: str, wish: Wish, author: Author) -> int:
        """Do what a party wants done about an agreement; return the new revision.

        Raises NotFound, or NotAllowed when it cannot be done now.
        """
        async with writing(self._engine) as connection:
            revision = await rows.revision(connection, lock=True) + 1
            there = (await agreements.load(connection, agreement)).get(agreement)
            if there is None:
                raise NotFound(agreements.KIND, agreement)
            at = self._now()
            changed, step = signed(there, wish, at)
            await rows.write_revision(connection, revision, at)
            await agreements.write(connection, changed)
            await audit.write(connection, [step], revision, at, author)
        return revision

    async def list(
        self, kind: str | None = None, after: Name | None = None, limit: int = 100
    ) -> list[StoredDefinition]:
        """Return up to `limit` definitions by kind and name, those behind `after`."""
        wanted = select(definition).order_by(definition.c.kind, definition.c.name).limit(limit)
        if kind is not None:
            wanted = wanted.where(definition.c.kind == kind)
        if after is not None:
            wanted = wanted.where(tuple_(definition.c.kind, definition.c.name) > tuple_(*after))
        async with reading(self._engine) as connection:
            found = (await connection.execute(wanted)).all()
        return [_stored(row) for row in found]

    async def get(self, kind: str, name: str) -> StoredDefinition:
        """Return one definition, or raise NotFound."""
        wanted = select(definition).where(definition.c.kind == kind, definition.c.name == name)
        async with reading(self._engine) as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise NotFound(kind, name)
        return _stored(row)

    async def history(self, kind: str, name: str) -> Sequence[Recorded]:
        """Return every change of one definition, the first one first; none if it never was."""
        return (await self.changes(AuditQuery(kind, name)))[::-1]

    async def changes(self, query: AuditQuery) -> Sequence[Recorded]:
        """Return the changes that are wanted, of all definitions, the latest first."""
        async with reading(self._engine) as connection:
            return await audit.search(connection, query)


def _stored(row: Row[Any]) -> StoredDefinition:
    return StoredDefinition(
        row.kind, row.name, body_of(row.body), row.created_revision, row.changed_revision
    )

"""What ever happened to the definitions: who changed what when, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, insert, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.sql.revision import Action, Body, Step, body_of
from shared.sql.schema.definition import definition_change

Place = tuple[int, str, str]  # revision, kind, name: where a change stands in the log


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change; `verified` when a token says so, and not only the caller."""

    name: str = ""
    verified: bool = False


UNNAMED = Author()


@dataclass(frozen=True, slots=True)
class Recorded:
    """One change that was made to a definition; `before` is None when it was created."""

    revision: int
    at: datetime
    author: Author
    kind: str
    name: str
    action: Action
    before: Body | None
    after: Body | None
    note: str | None = None

    @property
    def place(self) -> Place:
        """Where it stands in the log."""
        return self.revision, self.kind, self.name


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which changes are wanted, the latest revision first; None means any.

    `since` leaves out that revision and those before it; `after` is the place of the last change
    that was already read.
    """

    kind: str | None = None
    name: str | None = None
    author: str | None = None
    since: int | None = None
    after: Place | None = None
    limit: int | None = None

    def holds(self, one: Recorded) -> bool:
        """Whether a change is one of these, whatever the limit."""
        return (
            self.kind in (None, one.kind)
            and self.name in (None, one.name)
            and self.author in (None, one.author.name)
            and (self.since is None or one.revision > self.since)
            and (self.after is None or _order(self.after) < _order(one.place))
        )


def latest_first(changes: Sequence[Recorded]) -> list[Recorded]:
    """Return changes in the order of the log: by revision downwards, then by kind and name."""
    return sorted(changes, key=lambda one: _order(one.place))


async def search(connection: AsyncConnection, query: AuditQuery) -> list[Recorded]:
    """Return the changes that are wanted, the latest first."""
    change = definition_change.c
    wanted = (
        _chosen(query).order_by(change.revision.desc(), change.kind, change.name).limit(query.limit)
    )
    return [_recorded(row) for row in await connection.execute(wanted)]


async def write(
    connection: AsyncConnection, steps: Sequence[Step], number: int, at: datetime, author: Author
) -> None:
    """Add the steps to what is known for ever."""
    rows = [
        {
            "kind": step.kind,
            "name": step.name,
            "revision": number,
            "at": at,
            "author": author.name,
            "verified": author.verified,
            "action": step.action.value,
            "before": step.before,
            "after": step.after,
            "note": step.note,
        }
        for step in steps
    ]
    await connection.execute(insert(definition_change), rows)


def _order(place: Place) -> Place:
    revision, kind, name = place
    return -revision, kind, name


def _chosen(query: AuditQuery) -> Select[Any]:
    change = definition_change.c
    wanted = select(definition_change)
    if query.kind is not None:
        wanted = wanted.where(change.kind == query.kind)
    if query.name is not None:
        wanted = wanted.where(change.name == query.name)
    if query.author is not None:
        wanted = wanted.where(change.author == query.author)
    if query.since is not None:
        wanted = wanted.where(change.revision > query.since)
    if query.after is not None:
        revision, *name = query.after
        later = and_(change.revision == revision, tuple_(change.kind, change.name) > tuple_(*name))
        wanted = wanted.where(or_(change.revision < revision, later))
    return wanted


def _recorded(row: Row[Any]) -> Recorded:
    return Recorded(
        row.revision,
        row.at,
        Author(row.author, row.verified),
        row.kind,
        row.name,
        Action(row.action),
        None if row.before is None else body_of(row.before),
        None if row.after is None else body_of(row.after),
        row.note,
    )

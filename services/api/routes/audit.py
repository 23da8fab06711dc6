"""`/v1/audit`: who changed what, and when."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.api.catalogue import DefinitionStore
from services.api.errors import BadRequest
from services.api.paging import cursor_of, position_of
from services.api.parameter import LARGEST, PLAIN, Cursor, Limit, OfKind, only_known_parameters
from services.api.schema.answer import json_answer
from services.api.schema.definition import AuditLog, Recorded
from shared.sql.audit import AuditQuery, Place
from shared.sql.audit import Recorded as Change

NAME = "Only definitions of this name."
AUTHOR = "Only changes of this author."
SINCE = "Only changes after this revision."


def audit_routes(store: DefinitionStore) -> APIRouter:
    """Return the route that reads the audit log, the latest change first."""
    router = APIRouter(prefix="/v1/audit", tags=["audit"], dependencies=[only_known_parameters])

    @router.get("", response_model=AuditLog, summary="Who changed what, and when")
    async def list_changes(
        kind: OfKind = None,
        name: Annotated[str | None, Query(pattern=PLAIN, description=NAME)] = None,
        author: Annotated[str | None, Query(pattern=PLAIN, description=AUTHOR)] = None,
        since: Annotated[int | None, Query(ge=0, le=LARGEST, description=SINCE)] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        after = None if cursor is None else _place(cursor)
        found = await store.changes(AuditQuery(kind, name, author, since, after, limit + 1))
        page = [recorded(one) for one in found[:limit]]
        following = cursor_of(found[limit - 1].place) if len(found) > limit else None
        return json_answer(AuditLog(items=page, next_cursor=following))

    return router


def recorded(change: Change) -> Recorded:
    """Return a change as the api answers it."""
    return Recorded(
        kind=change.kind,
        name=change.name,
        action=change.action,
        before=change.before,
        after=change.after,
        revision=change.revision,
        at=change.at,
        author=change.author.name,
        verified=change.author.verified,
        note=change.note,
    )


def _place(cursor: str) -> Place:
    match position_of(cursor):
        case (int(revision), str(kind), str(name)) if abs(revision) <= LARGEST and re.match(
            PLAIN, kind + name
        ):
            return revision, kind, name
        case _:
            raise BadRequest("this cursor belongs to another list: start without one")

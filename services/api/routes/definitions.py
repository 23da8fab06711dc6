"""`/v1/definitions`: what is promised, and how it is changed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator

from services.api.author import author_of, team_of
from services.api.body import read_body
from services.api.catalogue import DefinitionStore
from services.api.current import Current
from services.api.errors import BadRequest, TooLarge
from services.api.intake import Intake, Terms
from services.api.kind import known_kind
from services.api.paging import Position, page_of
from services.api.parameter import PLAIN, Cursor, Limit, OfKind, only_known_parameters
from services.api.routes.audit import recorded
from services.api.schema.answer import json_answer, moment
from services.api.schema.definition import (
    Applied,
    AuditLog,
    Definitions,
    ListedDefinition,
    StoredDefinition,
)
from services.api.selector import selector_of
from shared.domain.errors import NotFound

LARGEST_BODY = 16 * 1024 * 1024
LARGEST_YAML = 2 * 1024 * 1024  # takes as long to read as a JSON many times its size
DryRun = Annotated[bool, Query(description="Only say what would change.")]
BaseRevision = Annotated[
    int | None, Query(ge=0, description="Answer 409 unless this revision is in force.")
]
PRUNE = "Remove what has these labels and is not in the body: `key=value`, comma separated."
Kind = Annotated[str, Path(pattern=PLAIN, description="Such as `SLO`."), AfterValidator(known_kind)]
Name = Annotated[str, Path(pattern=PLAIN, description="The `metadata.name`.")]
FileName = Annotated[str, Query(description="What errors call the text that was sent.")]
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "description": "OpenSLO v1 documents."}}
            for kind in ("application/yaml", "application/json")
        },
    }
}


def definition_routes(current: Current, intake: Intake) -> APIRouter:
    """Return the routes that apply and delete definitions, and tell what is defined."""
    router = APIRouter(
        prefix="/v1/definitions", tags=["definitions"], dependencies=[only_known_parameters]
    )
    _add_changes(router, intake)
    _add_answers(router, current, intake.store)
    return router


def _add_changes(router: APIRouter, intake: Intake) -> None:
    @router.post("", response_model=Applied, summary="Apply definitions", openapi_extra=BODY)
    async def apply(
        request: Request,
        dry_run: DryRun = False,
        base_revision: BaseRevision = None,
        file: FileName = "body",
        prune: Annotated[str | None, Query(description=PRUNE, examples=["team=payments"])] = None,
    ) -> Response:
        text = _text(await read_body(request, LARGEST_BODY))
        terms = Terms(author_of(request), dry_run, base_revision, team_of(request))
        chosen = None if prune is None else selector_of(prune)
        return json_answer(await intake.apply(text, file, terms, chosen))

    @router.post(
        "/delete", response_model=Applied, summary="Delete definitions", openapi_extra=BODY
    )
    async def delete_all_in(
        request: Request,
        dry_run: DryRun = False,
        base_revision: BaseRevision = None,
        file: FileName = "body",
    ) -> Response:
        text = _text(await read_body(request, LARGEST_BODY))
        terms = Terms(author_of(request), dry_run, base_revision, team_of(request))
        return json_answer(await intake.delete_all_in(text, file, terms))

    @router.delete("/{kind}/{name:path}", response_model=Applied, summary="Delete a definition")
    async def delete(
        request: Request,
        kind: Kind,
        name: Name,
        dry_run: DryRun = False,
        base_revision: BaseRevision = None,
    ) -> Response:
        terms = Terms(author_of(request), dry_run, base_revision, team_of(request))
        return json_answer(await intake.delete([(kind, name)], terms))


def _add_answers(router: APIRouter, current: Current, store: DefinitionStore) -> None:
    @router.get("", response_model=Definitions, summary="What is defined")
    async def list_definitions(
        kind: OfKind = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        definitions = await current.definitions()
        keys = [key for key in definitions.bodies if kind in (None, key[0])]
        page, following = page_of(keys, _position, cursor, limit)
        topics = definitions.topics
        board = await current.board()
        stored = definitions.stored.revision
        over = definitions.ended(moment(current.clock().now).date())
        return json_answer(
            Definitions(
                items=[
                    ListedDefinition(
                        kind=key[0], name=key[1], body=definitions.bodies[key], over=key in over
                    )
                    for key in page
                ],
                next_cursor=following,
                revision=stored,
                reported_revision=board.reported_revision(topics) if topics else stored,
            )
        )

    # Before the one definition: a name may hold slashes.
    @router.get(
        "/{kind}/{name:path}/history", response_model=AuditLog, summary="What happened to it"
    )
    async def get_history(
        kind: Kind, name: Name, limit: Limit = 100, cursor: Cursor = None
    ) -> Response:
        changes = await store.history(kind, name)
        if not changes:
            raise NotFound(kind, name)
        page, following = page_of(changes, lambda one: (one.revision,), cursor, limit)
        return json_answer(AuditLog(items=[recorded(one) for one in page], next_cursor=following))

    @router.get("/{kind}/{name:path}", response_model=StoredDefinition, summary="One definition")
    async def get_definition(kind: Kind, name: Name) -> Response:
        found = await store.get(kind, name)
        return json_answer(
            StoredDefinition(
                kind=found.kind,
                name=found.name,
                body=found.body,
                created_revision=found.created_revision,
                changed_revision=found.changed_revision,
            )
        )


def _position(key: tuple[str, str]) -> Position:
    return key


def _text(body: bytes) -> str:
    if len(body) > LARGEST_YAML and body.lstrip()[:1] not in (b"[", b"{"):
        raise TooLarge(LARGEST_YAML, "or send JSON, which is read faster")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8 (byte {error.start})") from error

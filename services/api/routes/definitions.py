"""`/v1/definitions`: what is promised, and how it is changed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.api.body import read_body
from services.api.current import Current
from services.api.errors import BadRequest
from services.api.intake import Intake, Terms
from services.api.paging import Position, page_of
from services.api.parameter import Cursor, Limit, only_known_parameters
from services.api.schema.answer import json_answer
from services.api.schema.definition import Applied, Definition, Definitions

LARGEST_BODY = 16 * 1024 * 1024
DryRun = Annotated[bool, Query(description="Only say what would change.")]
BaseRevision = Annotated[
    int | None, Query(ge=0, description="Answer 409 unless this revision is in force.")
]
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
    """Return the routes that apply, list and delete definitions."""
    router = APIRouter(
        prefix="/v1/definitions", tags=["definitions"], dependencies=[only_known_parameters]
    )

    @router.post("", response_model=Applied, summary="Apply definitions", openapi_extra=BODY)
    async def apply(
        request: Request,
        dry_run: DryRun = False,
        base_revision: BaseRevision = None,
        file: FileName = "body",
    ) -> Response:
        text = _text(await read_body(request, LARGEST_BODY))
        terms = Terms(_author(request), dry_run, base_revision)
        return json_answer(await intake.apply(text, file, terms))

    @router.get("", response_model=Definitions, summary="What is defined")
    async def list_definitions(
        kind: Annotated[str | None, Query(description="Only those of this kind.")] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        definitions = await current.definitions()
        keys = [key for key in definitions.bodies if kind in (None, key[0])]
        page, following = page_of(keys, _position, cursor, limit)
        topics = definitions.topics
        board = await current.board()
        stored = definitions.stored.revision
        return json_answer(
            Definitions(
                items=[
                    Definition(kind=key[0], name=key[1], body=definitions.bodies[key])
                    for key in page
                ],
                next_cursor=following,
                revision=stored,
                reported_revision=board.reported_revision(topics) if topics else stored,
            )
        )

    @router.delete("/{kind}/{name}", response_model=Applied, summary="Delete a definition")
    async def delete(
        request: Request,
        kind: Annotated[str, Path()],
        name: Annotated[str, Path()],
        dry_run: DryRun = False,
        base_revision: BaseRevision = None,
    ) -> Response:
        terms = Terms(_author(request), dry_run, base_revision)
        return json_answer(await intake.delete((kind, name), terms))

    return router


def _position(key: tuple[str, str]) -> Position:
    return key


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(f"the body is not UTF-8 (byte {error.start})") from error


def _author(request: Request) -> str:
    return request.client.host if request.client else ""

"""`/v1/silences`: which alerts nobody is told of."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.api.author import name_of
from services.api.parameter import PLAIN, Cursor, Limit, only_known_parameters
from services.api.place import place_of, place_text
from services.api.schema.answer import json_answer
from services.api.schema.silence import NewSilence, Silence, Silences
from services.api.silence import SilenceStore, silence_answer, silence_of

Id = Annotated[str, Path(alias="id", pattern=PLAIN)]
OVER = "Also those that are over."


def silence_routes(store: SilenceStore, now: Callable[[], float]) -> APIRouter:
    """Return the routes that make, list, show and end silences."""
    router = APIRouter(
        prefix="/v1/silences", tags=["silences"], dependencies=[only_known_parameters]
    )

    def moment() -> datetime:
        return datetime.fromtimestamp(int(now()), UTC)

    @router.post("", response_model=Silence, status_code=201, summary="Silence alerts for a while")
    async def create(request: Request, asked: NewSilence) -> Response:
        new = silence_of(asked, name_of(request, asked.created_by), moment())
        await store.add(new)
        return json_answer(silence_answer(new, moment()), 201)

    @router.get("", response_model=Silences, summary="What is silenced")
    async def list_silences(
        over: Annotated[bool, Query(description=OVER)] = False,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        at = moment()
        ending_after = None if over else at
        found = await store.list(ending_after=ending_after, after=place_of(cursor), limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        following = place_text((page[-1].created_at, page[-1].id)) if more else None
        items = [silence_answer(one, at) for one in page]
        return json_answer(Silences(items=items, next_cursor=following))

    @router.get("/{id}", response_model=Silence, summary="One silence")
    async def get_silence(id_: Id) -> Response:
        return json_answer(silence_answer(await store.get(id_), moment()))

    @router.delete("/{id}", response_model=Silence, summary="End a silence")
    async def end(id_: Id) -> Response:
        return json_answer(silence_answer(await store.end(id_, moment()), moment()))

    return router

"""`/v1/tokens`: who may call the api."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from services.api.author import author_of
from services.api.guard import caller_of
from services.api.keyring import TokenStore
from services.api.parameter import PLAIN, only_known_parameters
from services.api.schema import token as answer
from services.api.schema.answer import json_answer
from shared.domain.access import Token, fresh_secret, hash_of, require_sensible
from shared.domain.errors import NotAllowed

Name = Annotated[str, Path(pattern=PLAIN)]


def token_routes(
    store: TokenStore, changed: Callable[[], None], now: Callable[[], float]
) -> APIRouter:
    """Return the routes that make, list and revoke tokens; `changed` is called after each change.

    They refuse where the api knows nobody: whoever happens to reach it must not make a token that
    stays valid when it is protected one day.
    """
    router = APIRouter(prefix="/v1/tokens", tags=["tokens"], dependencies=[only_known_parameters])

    def moment() -> datetime:
        return datetime.fromtimestamp(int(now()), UTC)

    @router.post("", response_model=answer.MadeToken, status_code=201, summary="Make a token")
    async def make(request: Request, wanted: answer.NewToken) -> Response:
        _require_known(request)
        secret = fresh_secret()
        new = Token(
            wanted.name,
            hash_of(secret),
            frozenset(wanted.scopes),
            created_by=author_of(request).name,
            created_at=moment(),
            team=wanted.team,
            expires_at=wanted.expires_at,
        )
        require_sensible(new)
        await store.add(new)
        changed()
        return json_answer(answer.MadeToken(**_shown(new).model_dump(), token=secret), 201)

    @router.get("", response_model=answer.Tokens, summary="All tokens, without themselves")
    async def list_tokens(request: Request) -> Response:
        _require_known(request)
        return json_answer(answer.Tokens(items=[_shown(one) for one in await store.list()]))

    @router.delete("/{name}", status_code=204, response_class=Response, summary="Revoke a token")
    async def revoke(request: Request, name: Name) -> Response:
        _require_known(request)
        await store.revoke(name, moment())
        changed()
        return Response(status_code=204)

    return router


def _require_known(request: Request) -> None:
    if caller_of(request) is None:
        raise NotAllowed(
            "this api asks nobody for a token: set LEEWAY_AUTH=tokens, and make the first one by "
            "`leeway token create NAME --scope admin --to database`"
        )


def _shown(one: Token) -> answer.Token:
    return answer.Token(
        name=one.name,
        scopes=sorted(one.scopes),
        team=one.team,
        created_by=one.created_by,
        created_at=one.created_at,
        expires_at=one.expires_at,
        revoked_at=one.revoked_at,
    )

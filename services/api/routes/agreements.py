"""`/v1/agreements`: what teams promise each other, and whether it is kept."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.api.agreements import Agreements
from services.api.author import author_of, team_of
from services.api.paging import page_of
from services.api.parameter import PLAIN, Cursor, Limit, only_known_parameters
from services.api.schema import agreement as answer
from services.api.schema.answer import json_answer
from shared.domain.agreement import Standing
from shared.domain.errors import Forbidden
from shared.domain.signing import Act, Wish

TEAM = "Only those of which this team is a party."
Name = Annotated[str, Path(pattern=PLAIN, description="The agreement's `metadata.name`.")]
SUMMARIES = {
    Act.PROPOSE: "Propose the newest version",
    Act.ACCEPT: "Accept the proposed version for a team",
    Act.TERMINATE: "End an agreement",
}


def agreement_routes(agreements: Agreements) -> APIRouter:
    """Return the routes that tell about agreements, and take what their parties do."""
    router = APIRouter(
        prefix="/v1/agreements", tags=["agreements"], dependencies=[only_known_parameters]
    )

    @router.get("", response_model=answer.Agreements, summary="All agreements")
    async def list_agreements(
        team: Annotated[str | None, Query(description=TEAM)] = None,
        state: Annotated[Standing | None, Query(description="Only those in this state.")] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        found = [await agreements.one(name, periods=0) for name in await agreements.names()]
        chosen = [one for one in found if state in (None, one.state) and _has(one, team)]
        page, following = page_of(chosen, lambda one: (one.agreement,), cursor, limit)
        return json_answer(answer.Agreements(items=page, next_cursor=following))

    # Before the one agreement: a name may hold slashes.
    @router.get(
        "/{name:path}/versions", response_model=answer.Versions, summary="Its versions, compared"
    )
    async def get_versions(name: Name) -> Response:
        return json_answer(await agreements.versions(name))

    @router.get("/{name:path}", response_model=answer.Agreement, summary="One agreement")
    async def get_agreement(name: Name) -> Response:
        return json_answer(await agreements.one(name))

    for act, summary in SUMMARIES.items():
        _add_act(router, agreements, act, summary)
    return router


def _add_act(router: APIRouter, agreements: Agreements, act: Act, summary: str) -> None:
    @router.post(
        f"/{{name:path}}/{act.value}",
        response_model=answer.Signed,
        summary=summary,
        operation_id=f"{act.value}_agreement",
    )
    async def sign(request: Request, name: Name, body: answer.Signing) -> Response:
        team = team_of(request)
        if team not in (None, body.team):
            raise Forbidden(f"this token signs for the team {team} only, not for {body.team}")
        wish = Wish(act, body.team, body.person, body.version, body.sha256, body.note)
        return json_answer(await agreements.sign(name, wish, author_of(request)))


def _has(agreement: answer.Agreement, team: str | None) -> bool:
    teams = [agreement.provider.team, *(consumer.team for consumer in agreement.consumers)]
    return team is None or team in teams

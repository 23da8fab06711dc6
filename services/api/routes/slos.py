"""`/v1/slos`: where every SLO stands."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.api.current import Current
from services.api.overview import POSITIONS, Order, count_states
from services.api.paging import page_of
from services.api.parameter import Cursor, Limit, only_known_parameters
from services.api.schema.answer import json_answer
from services.api.schema.status import Status, Statuses
from shared.domain.budget import State

Name = Annotated[str, Path(description="The SLO's `metadata.name`.")]


def slo_routes(current: Current) -> APIRouter:
    """Return the routes that list SLOs and show one."""
    router = APIRouter(prefix="/v1/slos", tags=["SLOs"], dependencies=[only_known_parameters])

    @router.get("", response_model=Statuses, summary="Where all SLOs stand")
    async def list_slos(
        service: Annotated[str | None, Query(description="Only those of this service.")] = None,
        team: Annotated[str | None, Query(description="Only those of this owner.")] = None,
        state: Annotated[State | None, Query(description="Only those in this state.")] = None,
        order: Annotated[Order, Query(description="`state` begins with the worst.")] = Order.NAME,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        overview = await current.overview()
        entries = [
            entry
            for entry in overview.entries()
            if service in (None, entry.service)
            and team in (None, entry.team)
            and state in (None, entry.state)
        ]
        position = POSITIONS[order]
        page, following = page_of(sorted(entries, key=position), position, cursor, limit)
        return json_answer(
            Statuses(
                items=[overview.status(entry.name) for entry in page],
                next_cursor=following,
                states=count_states(entries),
            )
        )

    @router.get("/{name}", response_model=Status, summary="Where one SLO stands")
    async def get_slo(name: Name) -> Response:
        return json_answer((await current.overview()).status(name))

    return router

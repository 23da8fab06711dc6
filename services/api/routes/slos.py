"""`/v1/slos`: where every SLO stands."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.api.current import Current
from services.api.errors import BadRequest
from services.api.overview import POSITIONS, Order, count_states
from services.api.paging import Position, page_of
from services.api.parameter import Cursor, Limit, Moment, only_known_parameters, seconds_of
from services.api.schema.answer import json_answer
from services.api.schema.history import History, Step
from services.api.schema.status import Status, Statuses
from shared.domain.budget import State
from shared.domain.duration import parse_duration

FROM = "The length of the SLO's window before `to` when left out."
STEP = "Such as 5m, 1h or 1d; chosen for a chart when left out."
At = Annotated[Moment | None, Query(description="As at this time: RFC 3339, or seconds.")]
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
        at: At = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        overview = await current.overview_at(seconds_of(at))
        entries = [
            entry
            for entry in overview.entries
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

    # Before the one SLO: a name may hold slashes.
    @router.get("/{name:path}/history", response_model=History, summary="What an SLO counted")
    async def get_history(
        name: Name,
        start: Annotated[Moment | None, Query(alias="from", description=FROM)] = None,
        end: Annotated[Moment | None, Query(alias="to", description="Now when left out.")] = None,
        step: Annotated[str | None, Query(description=STEP)] = None,
        objective: Annotated[str | None, Query(description="Only this objective.")] = None,
        limit: Limit = 1_000,
        cursor: Cursor = None,
    ) -> Response:
        seconds = step_seconds(step)
        steps = await current.history(
            name, seconds_of(start), seconds_of(end), seconds, only=objective
        )
        page, following = page_of(steps, _position(steps), cursor, limit)
        return json_answer(History(items=page, next_cursor=following))

    @router.get("/{name:path}", response_model=Status, summary="Where one SLO stands")
    async def get_slo(name: Name, at: At = None) -> Response:
        overview = await current.overview_at(seconds_of(at), only=name)
        return json_answer(overview.status(name))

    return router


def step_seconds(text: str | None) -> int | None:
    """Return the length of a step such as `5m`; raises BadRequest."""
    if text is None:
        return None
    duration = parse_duration(text, "smhdw")
    if duration is None:
        raise BadRequest(f"`step` {text!r} is no length of time such as 30s, 5m, 1h or 1d")
    return duration.seconds


def _position(steps: list[Step]) -> Callable[[Step], Position]:
    """Return the place of a step: of its objective in the SLO, then of its time."""
    objectives = list(dict.fromkeys(one.objective for one in steps))
    return lambda one: (objectives.index(one.objective), int(one.from_.timestamp()))

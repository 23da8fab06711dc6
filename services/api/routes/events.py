"""`POST /v1/events`: events in, for those without a Kafka client."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.api.body import read_body
from services.api.current import Current
from services.api.errors import BadRequest
from services.api.guard import caller_of
from services.api.parameter import only_known_parameters
from services.api.parcel import events_in
from services.api.rate import Rate
from services.api.reception import Reception
from services.api.schema.answer import json_answer
from services.api.schema.event import Accepted

BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        {"type": "object"},
                        {"type": "array", "items": {"type": "object"}},
                    ]
                },
                "example": {"service": "checkout", "route": "/pay", "status": 200},
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


def event_routes(current: Current, reception: Reception) -> APIRouter:
    """Return the route that takes events."""
    rate = Rate(reception.limits.requests_per_second)
    router = APIRouter(prefix="/v1/events", tags=["events"], dependencies=[only_known_parameters])

    @router.post(
        "", response_model=Accepted, status_code=202, summary="Send events", openapi_extra=BODY
    )
    async def send_events(
        request: Request,
        source: Annotated[str, Query(description="The data source they are for.")] = "requests",
    ) -> Response:
        rate.take(_sender(request), current.now())
        events = events_in(await read_body(request, reception.limits.body_bytes))
        definitions = await current.definitions()
        sources = definitions.sources
        if source not in sources:
            known = ", ".join(sorted(sources))
            raise BadRequest(f"there is no data source {source!r} of type kafka; there are {known}")
        count = await reception.take(events, sources[source], definitions)
        return json_answer(Accepted(accepted=count), status=202)

    return router


def _sender(request: Request) -> str:
    """Return by what a sender is known: its token, else the address, not what it says of itself."""
    caller = caller_of(request)
    if caller is not None:
        return f"token {caller.name}"
    return request.client.host if request.client else ""

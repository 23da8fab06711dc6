"""`/v1/schema`: the JSON Schema of definitions, for editors."""

import json
from typing import Any

from fastapi import APIRouter, Response

from services.api.parameter import only_known_parameters
from shared.definitions.schema import json_schema

MEDIA_TYPE = "application/schema+json"
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A JSON Schema, draft 2020-12.",
        "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
    }
}


def schema_routes() -> APIRouter:
    """Return the route that tells what definitions look like."""
    router = APIRouter(prefix="/v1/schema", tags=["definitions"])
    text = json.dumps(json_schema(), ensure_ascii=False)

    @router.get(
        "",
        summary="What definitions look like",
        dependencies=[only_known_parameters],
        response_class=Response,
        responses=ANSWER,
    )
    async def schema() -> Response:
        return Response(text, media_type=MEDIA_TYPE)

    return router

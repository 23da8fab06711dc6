"""Problem documents (RFC 9457): how every error of the api is answered."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"


class ProblemDocument(BaseModel):
    """What went wrong and what to do; `errors` names each place where there are several."""

    model_config = ConfigDict(frozen=True)

    type: str = "about:blank"
    title: str = Field(examples=["Not found"])
    status: int
    detail: str | None = None
    errors: list[dict[str, Any]] | None = None


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "What went wrong",
        "content": {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}},
    }
}
"""The answer that every route has besides its own, for the OpenAPI document."""


def problem_answer(problem: ProblemDocument, headers: dict[str, str] | None = None) -> Response:
    """Return the problem as an answer with its status."""
    return Response(problem.model_dump_json(exclude_none=True), problem.status, headers, MEDIA_TYPE)

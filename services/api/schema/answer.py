"""What every answer of the api shares: frozen models, times in whole seconds."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that RFC 3339 can write


class Answer(BaseModel):
    """Base of every answer: read-only, written by the names of the contract."""

    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)


NextCursor = Annotated[
    str | None, Field(description="Pass it as `cursor` to read on; null at the end.")
]


def moment(seconds: float) -> datetime:
    """Return a time of the answer: UTC, whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC)


def moment_or_none(milliseconds: int | None) -> datetime | None:
    """Return milliseconds since the epoch as a time of the answer; None when there is none."""
    return None if milliseconds is None or milliseconds < 0 else moment(milliseconds // 1000)


def json_answer(answer: BaseModel, status: int = 200) -> Response:
    """Return the answer as it is, without validating it a second time."""
    return Response(answer.model_dump_json(), status, media_type="application/json")

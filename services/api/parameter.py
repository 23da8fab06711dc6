"""What a caller is told about the parameters of a request: which are wrong, which are unknown."""

import difflib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from services.api.kind import kind_to_list
from shared.definitions.kind import KINDS
from shared.domain.errors import LeewayError


class UnknownParameter(LeewayError):
    """A query parameter that the route does not have: ignoring it would answer another question."""

    def __init__(self, name: str, known: list[str]) -> None:
        near = difflib.get_close_matches(name, known, n=1)
        there_are = ", ".join(known) or "none"
        advice = f"did you mean {near[0]!r}?" if near else f"there are: {there_are}"
        super().__init__(f"there is no query parameter {name!r}; {advice}")
        self.name = name


async def _refuse_unknown(request: Request) -> None:
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    fields = get_flat_params(route.dependant)
    known = sorted(field.alias for field in fields if isinstance(field.field_info, params.Query))
    for name in request.query_params:
        if name not in known:
            raise UnknownParameter(name, known)


only_known_parameters = Depends(_refuse_unknown)
"""A dependency of every router: refuses query parameters that its routes do not have."""


def _plus_kept(text: object) -> object:
    """Undo what URL decoding does to the plus of `+01:00`."""
    return text.replace(" ", "+") if isinstance(text, str) and text[10:11] == "T" else text


Moment = Annotated[AwareDatetime, BeforeValidator(_plus_kept)]
"""A time in a query: RFC 3339 with a zone, or seconds since the epoch."""

PLAIN = r"^[^\x00]*$"
"""What a text that is looked up in the database consists of: PostgreSQL takes no NUL."""

OWN_WORDS = "Value error, "
"""What pydantic puts before the words of a validator of ours."""

LARGEST = 2**63 - 1
"""The largest number that the database can hold."""

OfKind = Annotated[
    str | None,
    Query(description="Only definitions of this kind.", json_schema_extra={"enum": [*KINDS]}),
    AfterValidator(kind_to_list),
]
Limit = Annotated[int, Query(ge=1, le=1_000, description="Items in a page.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]


def seconds_of(moment: datetime | None) -> int | None:
    """Return a time as whole seconds since the epoch."""
    return None if moment is None else int(moment.astimezone(UTC).timestamp())


def describe(errors: Sequence[Any]) -> list[dict[str, Any]]:
    """Return one entry for each thing that validation found: where, and what it should be."""
    return [
        {
            "path": ".".join(str(part) for part in error["loc"]),
            "message": f"{error['loc'][-1]}: {error['msg'].removeprefix(OWN_WORDS)}",
        }
        for error in errors
    ]

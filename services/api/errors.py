"""Which HTTP status each error becomes. The domain knows nothing of HTTP."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.api.kind import UnknownKind
from services.api.parameter import UnknownParameter, describe
from services.api.schema.event import BadEvent
from services.api.schema.problem import ProblemDocument, problem_answer
from services.api.security import HEADERS
from shared.domain.errors import (
    BrokerUnavailable,
    Forbidden,
    InvalidDefinitions,
    LeewayError,
    NameTaken,
    NotAllowed,
    NotFound,
    Problem,
    RefusedMessage,
    RevisionConflict,
    StoreUnavailable,
)
from shared.sql.audit import Recorded

RETRY_AFTER_SECONDS = 5


class BadRequest(LeewayError):
    """A request that cannot be read, and why."""


class TooLarge(LeewayError):
    """A request body over the limit of its route."""

    def __init__(self, limit: int, advice: str = "") -> None:
        more = f", {advice}" if advice else ""
        super().__init__(f"the body is over {limit:,} bytes; send it in parts{more}")


class UnknownEncoding(LeewayError):
    """A body that is compressed: nothing is unpacked, so nothing small becomes large here."""

    def __init__(self, encoding: str) -> None:
        super().__init__(f"the body is sent as {encoding[:50]!r}: send it without compression")


class TooMany(LeewayError):
    """A caller sends more often than it may."""

    def __init__(self, per_second: float, retry_after: int) -> None:
        super().__init__(
            f"more than {per_second:g} requests a second from this caller: put several events "
            "into one request"
        )
        self.retry_after = retry_after


class ChangedMeanwhile(LeewayError):
    """Others changed the definitions after the revision that a change was made to."""

    def __init__(self, base: int, changes: Sequence[Recorded]) -> None:
        who = "; ".join(_in_words(changes)) or "restored from a backup, perhaps"
        super().__init__(
            f"the definitions are not at revision {base} any more ({who}): nothing was changed; "
            "look at what they are now, and repeat it"
        )
        self.changes = changes


def _in_words(changes: Sequence[Recorded]) -> Iterator[str]:
    """Yield one phrase per revision: who did what to what, the latest first."""
    for revision, group in groupby(changes, key=lambda one: one.revision):
        together = list(group)
        first = together[0]
        what = ", ".join(f"{one.kind}/{one.name} {one.action.value}" for one in together)
        who = first.author.name or "somebody"
        yield f"revision {revision} by {who} at {first.at:%FT%TZ}: {what}"


class StillReferred(LeewayError):
    """A definition cannot be deleted because others refer to it."""

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        others = ", ".join(sorted({problem.file for problem in problems}))
        super().__init__(
            f"{name} is still referred to by {others}: delete these first, or in the same change"
        )
        self.problems = problems


class BadEvents(LeewayError):
    """Some of the events sent may not be counted: none of them was taken. Names the first."""

    def __init__(self, bad: tuple[BadEvent, ...], count: int, of: int) -> None:
        super().__init__(f"{count} of {of} events refused, so none was sent")
        self.bad = bad


STATUS: dict[type[LeewayError], tuple[int, str]] = {
    BadRequest: (400, "Bad request"),
    BadEvents: (400, "Bad events"),
    Forbidden: (403, "Forbidden"),
    NotFound: (404, "Not found"),
    UnknownKind: (404, "Not found"),
    RevisionConflict: (409, "The definitions changed meanwhile"),
    ChangedMeanwhile: (409, "The definitions changed meanwhile"),
    NameTaken: (409, "This name is taken"),
    NotAllowed: (409, "Not possible now"),
    StillReferred: (409, "Still in use"),
    TooLarge: (413, "Too large"),
    UnknownEncoding: (415, "Unsupported encoding"),
    UnknownParameter: (422, "Invalid request"),
    RefusedMessage: (422, "Kafka refuses this event"),
    InvalidDefinitions: (422, "Invalid definitions"),
    TooMany: (429, "Too many requests"),
    StoreUnavailable: (503, "The database cannot be reached"),
    BrokerUnavailable: (503, "Kafka cannot be reached"),
}


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error with a problem document; what is not listed is a bug and answers 500.

    The answer to a bug is made outside of all middleware, so it brings its own headers.
    """
    for error, (status, title) in STATUS.items():
        app.add_exception_handler(error, _handler(status, title))
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(Exception, _answer_bug)


def _handler(status: int, title: str) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(_: Request, error: Exception) -> Response:
        problem = ProblemDocument(
            title=title, status=status, detail=str(error), errors=_places(error)
        )
        return problem_answer(problem, _retry_after(status, error))

    return handle


def _retry_after(status: int, error: Exception) -> dict[str, str] | None:
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.retry_after)}
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None


def _places(error: Exception) -> list[dict[str, object]] | None:
    match error:
        case InvalidDefinitions() | StillReferred():
            return [asdict(problem) for problem in error.problems]
        case ChangedMeanwhile():
            return [_who(one) for one in error.changes]
        case BadEvents():
            return [bad.model_dump() for bad in error.bad]
        case _:
            return None


def _who(change: Recorded) -> dict[str, object]:
    return {
        "revision": change.revision,
        "at": change.at.isoformat(),
        "author": change.author.name,
        "kind": change.kind,
        "name": change.name,
        "action": change.action.value,
    }


async def _answer_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if _is_no_json(request, error):
        given = request.headers.get("content-type") or "nothing"
        problem = ProblemDocument(
            title="Unsupported media type",
            status=415,
            detail=f"the body is sent as {given[:100]}: "
            "send JSON, with the header `Content-Type: application/json`",
        )
        return problem_answer(problem)
    errors = describe(error.errors())
    detail = "; ".join(str(one["message"]) for one in errors)
    return problem_answer(
        ProblemDocument(title="Invalid request", status=422, detail=detail, errors=errors)
    )


def _is_no_json(request: Request, error: RequestValidationError) -> bool:
    """Tell whether a body was not read as JSON because its header says it is something else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    said = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    return not said and bool(error.body) and any(one["loc"] == ("body",) for one in error.errors())


async def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else None
    detail = f"{request.method} {request.url.path}"
    return problem_answer(
        ProblemDocument(title=str(error.detail), status=error.status_code, detail=detail), headers
    )


async def _answer_bug(_: Request, __: Exception) -> Response:
    return problem_answer(
        ProblemDocument(title="Internal error", status=500, detail="The api's log says more."),
        HEADERS,
    )

"""Which errors an operation may be answered with, for the OpenAPI description."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.api.access import SAFE, rule_of
from services.api.schema.problem import PROBLEMS

WHAT = {
    400: "What is asked makes no sense",
    401: "No token, or one that is unknown, expired or revoked",
    403: "The token does not suffice, or a page of another site asked",
    404: "There is none of this name",
    409: "Not possible now",
    413: "The body is too large",
    415: "The body is compressed, or not said to be JSON",
    422: "What was sent is invalid; `errors` names each place",
    429: "Too many requests from this caller",
    503: "The database or Kafka cannot be reached: try again",
}
EVENTS = "/v1/events"
NAMING = "/v1/definitions/delete"  # in its body


def with_refusals(method: str, path: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of an operation, with each error that it may have instead of any."""
    answers = {status: one for status, one in operation["responses"].items() if status not in ANY}
    content = PROBLEMS["default"]["content"]
    for status in sorted(set(_statuses(method, path, operation))):
        answers[str(status)] = {"description": WHAT[status], "content": content}
    return answers


ANY = frozenset(map(str, PROBLEMS))


def _statuses(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[int]:
    has_body, has_parameters = "requestBody" in operation, "parameters" in operation
    changes = method not in SAFE
    if rule_of(method, path) is not None:
        yield from (401, 403, 503)
    if "{" in path or path == NAMING:
        yield 404
    if has_body or has_parameters:
        yield from (400, 422)
    if has_body:
        yield from (413, 415)
    if changes and path != EVENTS:
        yield 409
    if path == EVENTS:
        yield 429

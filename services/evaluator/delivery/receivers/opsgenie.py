"""Opsgenie, and Jira Service Management Operations, which took over its API at another address.

Both only say that they have heard a request; what became of it must be asked for. Jira Service
Management documents that question for its Alerts API only, which takes other credentials; it is
asked at the address of the integration, as with Opsgenie, and may stay without an answer.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote

import msgspec

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.http import Http
from services.evaluator.delivery.outcome import Refused, Undelivered
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.request import Request, json_request
from services.evaluator.delivery.wording import clipped, facts, text, title
from shared.domain.target import TargetKind
from shared.notification import ENDED, Event, Notification

URLS = {
    TargetKind.OPSGENIE: "https://api.opsgenie.com",
    TargetKind.JIRA: "https://api.atlassian.com/jsm/ops/integration",
}
LONGEST_MESSAGE = 130
LONGEST_ALIAS = 512
LONGEST_DESCRIPTION = 15_000
LONGEST_DETAILS = 8_000  # all keys and values together
LONGEST_ENTITY = 512
LONGEST_SOURCE = 100
LONGEST_USER = 100
LONGEST_NOTE = 25_000
LONGEST_TAG, MOST_TAGS = 50, 20
POLLS, POLL_SECONDS = 6, 1.0
PATIENCE_SECONDS = 8.0  # with all polls of one request
CREATING = frozenset({Event.FIRING, Event.NO_DATA, Event.STALE, Event.TEST})

_RANK = re.compile(r"(?:p|sev)([1-5])")
_PRIORITIES = {"page": 1, "critical": 1, "high": 2, "error": 2, "low": 4, "info": 5}


class Status(msgspec.Struct):
    """What became of a request, as the two services say it."""

    is_success: bool | None = msgspec.field(name="isSuccess", default=None)
    status: str = ""


class _Answer(msgspec.Struct):
    data: Status | None = None
    is_success: bool | None = msgspec.field(name="isSuccess", default=None)
    status: str = ""
    request: str = msgspec.field(name="requestId", default="")


class Opsgenie:
    """Sends, and asks what became of it."""

    def __init__(
        self,
        http: Http,
        poll_seconds: float = POLL_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._http = http
        self._poll_seconds = poll_seconds
        self._patience_seconds = patience_seconds

    async def send(self, attempt: Attempt) -> None:
        for request in requests(attempt):
            answer = await self._http.send(request, attempt.access)
            if number := _decoded(answer).request:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._patience_seconds):
                        await self._follow(number, attempt)

    async def _follow(self, number: str, attempt: Attempt) -> None:
        """Wait until a request is done; raises Refused when an alert could not be created.

        No word within a few seconds is taken as a yes, for the request was accepted. That there is
        nothing to close is no failure either: somebody was faster.
        """
        for _ in range(POLLS):
            await asyncio.sleep(self._poll_seconds)
            try:
                answer = await self._http.send(
                    status_request(number, attempt.access), attempt.access
                )
            except Undelivered:  # 404 until it has been processed
                continue
            found = outcome(_decoded(answer))
            if found.is_success is None:
                continue
            if not found.is_success and attempt.notification.event in CREATING:
                raise Refused(f"{attempt.access.target.kind} could not do it: {found.status}")
            return


def requests(attempt: Attempt) -> list[Request]:
    """Return the requests to send; a test creates an alert and closes it."""
    match attempt.notification.event:
        case Event.TEST:
            return [_create(attempt), _change(attempt, "close")]
        case Event.ACKNOWLEDGED:
            return [_change(attempt, "acknowledge")]
        case event:
            return [_change(attempt, "close") if event in ENDED else _create(attempt)]


def status_request(number: str, access: Access) -> Request:
    """Return the question what became of a request."""
    url = f"{_base(access)}/v2/alerts/requests/{quote(number, safe='')}"
    return Request(url, headers=_headers(access), method="GET")


def outcome(answer: _Answer) -> Status:
    """Return the outcome, which Opsgenie wraps and Jira Service Management does not."""
    return answer.data or Status(answer.is_success, answer.status)


def _create(attempt: Attempt) -> Request:
    notification = attempt.notification
    content = {
        "message": clipped(title(notification), LONGEST_MESSAGE),
        "alias": clipped(notification.alert, LONGEST_ALIAS),
        "description": clipped(text(notification, attempt.link), LONGEST_DESCRIPTION),
        "details": dict(_details(notification)),
        "tags": list(_tags(notification)),
        "entity": clipped(notification.service or notification.slo, LONGEST_ENTITY),
        "source": clipped("Leeway", LONGEST_SOURCE),
        "priority": priority(notification),
    }
    return json_request(f"{_base(attempt.access)}/v2/alerts", content, _headers(attempt.access))


def _change(attempt: Attempt, action: str) -> Request:
    notification = attempt.notification
    alias = quote(clipped(notification.alert, LONGEST_ALIAS), safe="")
    content = {
        "user": clipped(notification.by or "Leeway", LONGEST_USER),
        "source": clipped("Leeway", LONGEST_SOURCE),
        "note": clipped(title(notification), LONGEST_NOTE),
    }
    url = f"{_base(attempt.access)}/v2/alerts/{alias}/{action}?identifierType=alias"
    return json_request(url, content, _headers(attempt.access))


def priority(notification: Notification) -> str:
    """Return P1 to P5, from a severity that is free text."""
    if notification.event is Event.TEST:
        return "P5"
    written = notification.severity.strip().lower()
    if found := _RANK.fullmatch(written):
        return f"P{found[1]}"
    return f"P{_PRIORITIES.get(written, 3)}"


def _details(notification: Notification) -> Iterator[tuple[str, str]]:
    left = LONGEST_DETAILS
    for name, value in facts(notification):
        room = left - len(name)
        if room <= 1:
            return
        kept = clipped(value, room)
        left = room - len(kept)
        yield name, kept


def _tags(notification: Notification) -> Iterator[str]:
    found = ["leeway", notification.slo, notification.service, notification.severity]
    for tag in list(dict.fromkeys(filter(None, found)))[:MOST_TAGS]:
        yield clipped(tag, LONGEST_TAG)


def _base(access: Access) -> str:
    kind = access.target.kind
    return access.urls[0] if access.urls else URLS[kind or TargetKind.OPSGENIE]


def _headers(access: Access) -> dict[str, str]:
    return {"authorization": f"GenieKey {access.secret}"}


def _decoded(answer: bytes) -> _Answer:
    try:
        return msgspec.json.decode(answer, type=_Answer)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return _Answer()

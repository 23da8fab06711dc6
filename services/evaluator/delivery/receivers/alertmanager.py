"""Alertmanager: its HTTP API v2, every member of a cluster.

An alert is sent again and again while it fires, as Prometheus does: each time it is said to end in
four rounds, so that it ends by itself when nobody speaks of it any more.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.http import Http
from services.evaluator.delivery.labels import SILENT, annotations, labels
from services.evaluator.delivery.outcome import Refused, Undelivered, Unreached
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.request import Request, authorization, json_request
from shared.notification import Event, Notification

RESEND_SECONDS = 60
ROUNDS = 4  # Prometheus, rules/manager.go: resendDelay * 4
TEST_LASTS = timedelta(minutes=1)
CLOCKS_DIFFER = timedelta(seconds=2)  # what is yet to end, by its clock, goes on as it was


class Alertmanager:
    """Tells all members of a cluster; one that has taken it tells the others."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def send(self, attempt: Attempt) -> None:
        if attempt.notification.event not in SILENT:
            alert = posted_alert(attempt.notification, attempt.at, attempt.link)
            await self.send_all([alert], attempt.access)

    async def send_all(self, alerts: Sequence[dict[str, object]], access: Access) -> None:
        """Send alerts to every member; raises only when none of them takes them."""
        outcomes = await asyncio.gather(
            *(self._send(request, access) for request in requests(alerts, access))
        )
        failures = [outcome for outcome in outcomes if outcome is not None]
        if len(failures) < len(outcomes):
            return
        passing = [failure for failure in failures if isinstance(failure, Unreached)]
        reasons = "; ".join(dict.fromkeys(str(failure) for failure in failures))
        if passing:
            raise Unreached(reasons, passing[0].retry_after)
        raise Refused(reasons)

    async def _send(self, request: Request, access: Access) -> Undelivered | None:
        try:
            await self._http.send(request, access)
        except Undelivered as failure:
            return failure
        return None


def requests(alerts: Sequence[dict[str, object]], access: Access) -> list[Request]:
    """Return one request for each member."""
    headers = authorization(access)
    return [json_request(f"{url}/api/v2/alerts", alerts, headers) for url in access.urls]


def posted_alert(
    notification: Notification, now: datetime, link: str | None = None
) -> dict[str, object]:
    """Return an alert as the API takes it."""
    alert: dict[str, object] = {
        "labels": labels(notification),
        "annotations": annotations(notification),
        "startsAt": notification.starts_at,
        "endsAt": _ends_at(notification, now),
    }
    return alert | ({"generatorURL": link} if link else {})


def _ends_at(notification: Notification, now: datetime) -> datetime:
    match notification.event:
        case Event.RESOLVED:
            return max(notification.starts_at, min(notification.at, now - CLOCKS_DIFFER))
        case Event.TEST:
            return now + TEST_LASTS
        case _:
            return now + timedelta(seconds=RESEND_SECONDS * ROUNDS)

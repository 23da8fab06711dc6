"""PagerDuty: Events API v2.

The routing key is in the body. Everything about one alert has one `dedup_key`; PagerDuty drops
what it has heard before.
"""

from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.request import Request, json_request
from services.evaluator.delivery.wording import clipped, facts, title
from shared.notification import ENDED, Event, Notification

URL = "https://events.pagerduty.com/v2/enqueue"
LONGEST_SUMMARY = 1024
LONGEST_KEY = 255
LONGEST_DETAIL = 4000  # a whole event may have 512 KiB


def requests(attempt: Attempt) -> list[Request]:
    """Return the events to send; a test triggers an incident and resolves it."""
    actions = {
        Event.ACKNOWLEDGED: ("acknowledge",),
        Event.TEST: ("trigger", "resolve"),
    }.get(
        attempt.notification.event,
        ("resolve",) if attempt.notification.event in ENDED else ("trigger",),
    )
    url = attempt.access.url or URL
    return [json_request(url, _event(attempt, action)) for action in actions]


def _event(attempt: Attempt, action: str) -> dict[str, object]:
    notification = attempt.notification
    event: dict[str, object] = {
        "routing_key": attempt.access.secret,
        "event_action": action,
        "dedup_key": clipped(notification.alert, LONGEST_KEY),
    }
    if action != "trigger":
        return event
    return event | {
        "payload": _payload(notification),
        "client": "Leeway",
        "links": _links(notification, attempt.link),
        **({"client_url": attempt.link} if attempt.link else {}),
    }


def _payload(notification: Notification) -> dict[str, object]:
    details = {name: clipped(value, LONGEST_DETAIL) for name, value in facts(notification)}
    if notification.description:
        details["Description"] = clipped(notification.description, LONGEST_DETAIL)
    return {
        "summary": clipped(title(notification), LONGEST_SUMMARY),
        "source": notification.service or notification.slo,
        "severity": severity(notification),
        "timestamp": notification.at,
        "component": notification.slo,
        **({"group": notification.service} if notification.service else {}),
        "class": notification.condition,
        "custom_details": details,
    }


def severity(notification: Notification) -> str:
    """Return one of the four severities that PagerDuty knows."""
    written = notification.severity.strip().lower()
    if notification.event is Event.TEST or written in {"info", "low"}:
        return "info"
    if notification.page:
        return "critical"
    return "error" if written in {"error", "high"} else "warning"


def _links(notification: Notification, link: str | None) -> list[dict[str, str]]:
    found = []
    if notification.runbook and notification.runbook.startswith(("http://", "https://")):
        found.append({"href": notification.runbook, "text": "Runbook"})
    if link:
        found.append({"href": link, "text": "Leeway"})
    return found

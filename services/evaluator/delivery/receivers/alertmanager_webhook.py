"""Alertmanager's webhook, version 4: for everything that understands what Alertmanager sends."""

from services.evaluator.delivery.labels import SILENT, annotations, fingerprint, labels
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.request import Request, authorization, json_request
from shared.notification import ENDED, Event

NEVER = "0001-01-01T00:00:00Z"  # Go's zero time: the alert has no end yet


def requests(attempt: Attempt) -> list[Request]:
    """Return the POST of a group that holds this one alert; a test fires and is resolved."""
    event = attempt.notification.event
    if event in SILENT:
        return []
    url, headers = attempt.access.urls[0], authorization(attempt.access)
    endings = (False, True) if event is Event.TEST else (event in ENDED,)
    return [json_request(url, payload(attempt, ended=ended), headers) for ended in endings]


def payload(attempt: Attempt, *, ended: bool = False) -> dict[str, object]:
    """Return the body; the alert is a group of its own, so everything about it is common."""
    notification = attempt.notification
    status = "resolved" if ended else "firing"
    own, notes = labels(notification), annotations(notification)
    return {
        "version": "4",
        "groupKey": f"leeway/{notification.alert}",
        "truncatedAlerts": 0,
        "status": status,
        "receiver": notification.target,
        "groupLabels": {"alertname": own["alertname"]},
        "commonLabels": own,
        "commonAnnotations": notes,
        "externalURL": attempt.link or "",
        "alerts": [
            {
                "status": status,
                "labels": own,
                "annotations": notes,
                "startsAt": notification.starts_at,
                "endsAt": notification.at if ended else NEVER,
                "generatorURL": attempt.link or "",
                "fingerprint": fingerprint(own),
            }
        ],
    }

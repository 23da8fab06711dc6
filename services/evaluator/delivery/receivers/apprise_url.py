"""Everything else: whatever Apprise has a URL for, such as Teams, Telegram, Matrix or ntfy."""

import logging

import apprise

from services.evaluator.delivery.outcome import Refused, Unreached
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.wording import clipped, text, title
from shared.notification import Event, Notification

LONGEST_TITLE = 250

_TYPES = {
    Event.RESOLVED: apprise.NotifyType.SUCCESS,
    Event.ACKNOWLEDGED: apprise.NotifyType.INFO,
    Event.TEST: apprise.NotifyType.INFO,
    Event.NO_DATA: apprise.NotifyType.WARNING,
    Event.STALE: apprise.NotifyType.WARNING,
}


class Apprise:
    """Hands notifications to Apprise, which cuts them to what the receiver takes."""

    def __init__(self) -> None:
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its messages hold whole URLs

    async def send(self, attempt: Attempt) -> None:
        sender = apprise.Apprise()
        if not sender.add(attempt.access.url or ""):
            raise Refused(f"Apprise does not know the kind of URL that {_name(attempt)} has")
        taken = await sender.async_notify(
            title=clipped(title(attempt.notification), LONGEST_TITLE),
            body=text(attempt.notification, attempt.link),
            notify_type=kind(attempt.notification),
            body_format=apprise.NotifyFormat.TEXT,
        )
        if not taken:
            raise Unreached(f"Apprise could not deliver to {_name(attempt)}")


def kind(notification: Notification) -> apprise.NotifyType:
    """Return how bad it is in Apprise's words."""
    severe = apprise.NotifyType.FAILURE if notification.page else apprise.NotifyType.WARNING
    return _TYPES.get(notification.event, severe)


def _name(attempt: Attempt) -> str:
    return f"the target {attempt.access.target.name}"

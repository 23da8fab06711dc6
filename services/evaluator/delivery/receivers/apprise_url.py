"""Everything else: whatever Apprise has a URL for, such as Teams, Telegram, Matrix or ntfy."""

import asyncio
import logging

from services.evaluator.delivery.outcome import Refused, Unreached
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.wording import clipped, text, title
from shared.notification import Event, Notification

LONGEST_TITLE = 250

_KINDS = {
    Event.RESOLVED: "success",
    Event.ACKNOWLEDGED: "info",
    Event.TEST: "info",
    Event.NO_DATA: "warning",
    Event.STALE: "warning",
}


class Apprise:
    """Hands notifications to Apprise, which cuts them to what the receiver takes."""

    def __init__(self) -> None:
        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its messages hold whole URLs

    async def send(self, attempt: Attempt) -> None:
        await asyncio.to_thread(_send, attempt)


def _send(attempt: Attempt) -> None:
    # Here, because it takes seconds and 40 MB to load what few installations use.
    import apprise

    name = f"the target {attempt.access.target.name}"
    sender = apprise.Apprise()
    if not sender.add(attempt.access.url or ""):
        raise Refused(f"Apprise does not know the kind of URL that {name} has")
    taken = sender.notify(
        title=clipped(title(attempt.notification), LONGEST_TITLE),
        body=text(attempt.notification, attempt.link),
        notify_type=apprise.NotifyType(kind(attempt.notification)),
        body_format=apprise.NotifyFormat.TEXT,
    )
    if not taken:
        raise Unreached(f"Apprise could not deliver to {name}")


def kind(notification: Notification) -> str:
    """Return how bad it is in Apprise's words."""
    return _KINDS.get(notification.event, "failure" if notification.page else "warning")

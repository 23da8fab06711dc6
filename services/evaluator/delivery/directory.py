"""Whom notifications go to, and by which way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from services.evaluator.delivery.access import Secrets
from services.evaluator.delivery.receiver import Receiver
from shared.domain.target import Target, TargetKind
from shared.notification import Event, Notification


@dataclass(frozen=True, slots=True)
class Directory:
    """Whom notifications can reach, and how.

    `targets` returns those of the current definitions, None as long as they are unknown.
    """

    targets: Callable[[], Mapping[str, Target] | None]
    receivers: Mapping[TargetKind, Receiver]
    secrets: Secrets
    public_url: str | None = None

    def link(self, notification: Notification) -> str | None:
        """Return where people find the alert, if that is known; for a test, where Leeway is."""
        if self.public_url is None or notification.event is Event.TEST:
            return self.public_url
        return f"{self.public_url.rstrip('/')}/alerts/{quote(notification.alert, safe='')}"

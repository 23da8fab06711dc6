"""Whom to notify of alerts, and how: notification targets, compiled.

A definition never holds a secret. It names the environment variable or the file that does, and
only the process that sends looks there.
"""

from dataclasses import dataclass
from enum import StrEnum


class TargetKind(StrEnum):
    """What listens at the other end (`leeway/type`)."""

    ALERTMANAGER = "alertmanager"
    ALERTMANAGER_WEBHOOK = "alertmanager-webhook"
    APPRISE = "apprise"
    EMAIL = "email"
    JIRA = "jira-service-management"
    OPSGENIE = "opsgenie"
    PAGERDUTY = "pagerduty"
    SLACK = "slack"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Written:
    """A value that stands in the definition itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """The name of the environment variable that holds a value."""

    name: str


@dataclass(frozen=True, slots=True)
class File:
    """The name of a file, within the folder for secrets, that holds a value."""

    name: str


Value = Written | Variable | File


@dataclass(frozen=True, slots=True)
class Target:
    """One notification target.

    `kind` is None when the definition does not say where to send to: what it would be told is
    recorded and not sent. `url` is the address, or where the receiver has a well-known one a
    replacement for it. `secret` is what the receiver knows us by: a routing key, an API key, a
    token, a password, or the key that signs. `to`, `sender` and `user` are for e-mail, `user`
    also for HTTP.
    """

    name: str
    kind: TargetKind | None = None
    url: Value | None = None
    secret: Value | None = None
    to: tuple[str, ...] = ()
    sender: str | None = None
    user: str | None = None
    description: str | None = None


_NEEDS: dict[TargetKind, tuple[tuple[str, str], ...]] = {
    TargetKind.ALERTMANAGER: (("url", "the URLs of its members in leeway/url"),),
    TargetKind.ALERTMANAGER_WEBHOOK: (("url", "leeway/url"),),
    TargetKind.APPRISE: (("url", "leeway/url-env or leeway/url-file"),),
    TargetKind.EMAIL: (
        ("url", "the mail server in leeway/url, such as smtp://mail.example.com:587"),
        ("to", "leeway/to"),
        ("sender", "leeway/from"),
    ),
    TargetKind.JIRA: (("secret", "leeway/api-key-env or leeway/api-key-file"),),
    TargetKind.OPSGENIE: (("secret", "leeway/api-key-env or leeway/api-key-file"),),
    TargetKind.PAGERDUTY: (("secret", "leeway/routing-key-env or leeway/routing-key-file"),),
    TargetKind.SLACK: (("url", "leeway/url-env or leeway/url-file"),),
    TargetKind.WEBHOOK: (("url", "leeway/url, leeway/url-env or leeway/url-file"),),
}


def lacking(target: Target) -> str | None:
    """Return what a target still needs so that it can be notified, None when it has everything."""
    if target.kind is None:
        return "an address"
    needs = [wanted for name, wanted in _NEEDS[target.kind] if not getattr(target, name)]
    return " and ".join(needs) or None

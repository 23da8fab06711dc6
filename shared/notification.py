"""What a target is told of an alert: the payload of the outbox.

The evaluator writes it in the transaction of the transition that it tells of, with everything a
receiver can want to show: whatever has changed by the time it is delivered, it says what was so.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from shared.domain.alert_rule import RuleKind


class Event(StrEnum):
    """What happened to the alert."""

    FIRING = "firing"
    RESOLVED = "resolved"
    NO_DATA = "no_data"
    STALE = "stale"
    ACKNOWLEDGED = "acknowledged"
    TEST = "test"


ENDED = frozenset({Event.RESOLVED})
"""Events after which nothing is wrong any more."""


TESTS = "test-"
"""How the ids of alerts begin that do not exist: somebody tries a target."""


class Figures(msgspec.Struct, frozen=True, gc=False):
    """The figures that caused a transition; ratios 0..1, None where unknown.

    `window` is the objective's own and `lookback` and `short_window` those of the condition, as
    written (`30d`, `1h`, `5m`). `burn_rates` holds the burn over each window that the status has.
    `budget_below` and `exhausted_within` are what the condition asks of the budget besides.
    """

    target: float
    window: str
    sli: float | None = None
    good: int | None = None
    bad: int | None = None
    total: int | None = None
    remaining_ratio: float | None = None
    exhausted_at: datetime | None = None
    threshold: float | None = None
    lookback: str | None = None
    burn_long: float | None = None
    short_window: str | None = None
    burn_short: float | None = None
    burn_rates: Mapping[str, float | None] = msgspec.field(default_factory=dict)
    budget_below: float | None = None
    exhausted_within: str | None = None


class Notification(msgspec.Struct, frozen=True, gc=False):
    """One message about one alert to one target.

    `id` is the idempotency key, equal however often it is sent; `alert` is equal for everything
    that is said about one alert; `sequence` counts the transitions of that alert from 1. `at` is
    the moment of the transition, `starts_at` that at which the alert began to fire. `page` says
    whether the severity ranks as page. `kind` says what made it alert, also where `event` says that
    it is over. `by` and `note` are of whoever acknowledged it. `known_as` are labels that stay as
    they were when the alert began, whatever its definition says since.
    """

    id: str
    alert: str
    sequence: int
    event: Event
    at: datetime
    starts_at: datetime
    slo: str
    objective: str
    policy: str
    condition: str
    severity: str
    page: bool
    target: str
    figures: Figures
    kind: RuleKind = RuleKind.BURN
    service: str = ""
    group: Mapping[str, str] = msgspec.field(default_factory=dict)
    display_name: str | None = None
    description: str | None = None
    owner: str | None = None
    runbook: str | None = None
    reason: str | None = None
    by: str | None = None
    note: str | None = None
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    known_as: Mapping[str, str] = msgspec.field(default_factory=dict)


def notification_id(alert: str, sequence: int, target: str) -> str:
    """Return the idempotency key of what one target is told of one transition."""
    return f"{alert}/{sequence}/{target}"


def encode_notification(notification: Notification) -> str:
    """Return the notification as JSON."""
    return msgspec.json.encode(notification).decode()


def decode_notification(text: str) -> Notification:
    """Return what `encode_notification` wrote; keys of a later release are passed over."""
    return msgspec.json.decode(text, type=Notification)

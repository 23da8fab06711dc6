"""Alerts that have not ended, and what happens to them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

import msgspec

from shared.domain.alert import AlertState, Reason
from shared.domain.alert_rule import RuleKind
from shared.domain.silence import GROUP
from shared.domain.slo import SLO
from shared.notification import Event, Figures

ID_DIGITS = 24
FIRES = {
    RuleKind.BURN: Event.FIRING,
    RuleKind.NO_DATA: Event.NO_DATA,
    RuleKind.STALE: Event.STALE,
}
"""What targets are told when an alert of a rule begins to fire."""


class AlertKey(NamedTuple):
    """What an alert is about: at any moment there is at most one of each."""

    slo: str
    objective: str
    group: tuple[str, ...]
    policy: str
    condition: str


class Alert(msgspec.Struct, frozen=True, gc=False):
    """One alert from its first transition to its last; times in seconds.

    `sequence` counts its transitions. `fields` names the values of the group in the key. `told`
    are the targets that are told when it is over; `owed` those that were not told that it fires,
    and will be if it still does when nothing suppresses it any more. `fired_in` is the sequence
    of the transition to firing. `known_as` are the labels of its SLO, with the service and the
    severity, as they were when it began: by those receivers know it until it is over.
    """

    id: str
    key: AlertKey
    kind: RuleKind
    service: str
    severity: str
    page: bool
    target: float
    window: str
    state: AlertState
    began_at: int
    fields: tuple[str, ...] = ()
    sequence: int = 0
    pending_since: int | None = None
    fired_at: int | None = None
    fired_in: int = 0
    told: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    known_as: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def group(self) -> Mapping[str, str]:
        """The fields of the group with their values."""
        return dict(zip(self.fields, self.key.group, strict=False))

    @property
    def labels(self) -> Mapping[str, str]:
        """What silences can name."""
        key = self.key
        own = {
            "slo": key.slo,
            "objective": key.objective,
            "service": self.service,
            "policy": key.policy,
            "condition": key.condition,
            "severity": self.severity,
        }
        return own | {GROUP + field: value for field, value in self.group.items()}


class Notice(msgspec.Struct, frozen=True, gc=False):
    """What one target is to be told of a transition; a suppressed one is only recorded."""

    target: str
    event: Event
    suppressed: bool = False


class Transition(msgspec.Struct, frozen=True, gc=False):
    """One step of an alert, which stands as it is after the step; `at` in seconds.

    `figures` forms the figures that caused it: it takes its time, and whoever writes them has more
    of it than a tick. `slo` is None when its definition is gone.
    """

    alert: Alert
    at: int
    figures: Callable[[], Figures]
    reason: Reason | None = None
    notices: tuple[Notice, ...] = ()
    slo: SLO | None = None


class Release(msgspec.Struct, frozen=True, gc=False):
    """A notification that was suppressed is to be sent after all, from `at` on."""

    alert_id: str
    sequence: int
    target: str
    at: int


@dataclass(slots=True)
class Happened:
    """What happened to the alerts of a shard and is not saved yet."""

    transitions: list[Transition] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.transitions or self.releases)


def alert_id(key: AlertKey, began_at: int) -> str:
    """Return the id of the alert that begins at a moment: the same whoever forms it."""
    parts = (key.slo, key.objective, *key.group, key.policy, key.condition, str(began_at))
    text = "\0".join(parts)
    if "\\" in text or text.count("\0") >= len(parts):
        text = "\0".join(part.replace("\\", "\\\\").replace("\0", "\\0") for part in parts)
    return sha256(text.encode()).hexdigest()[:ID_DIGITS]

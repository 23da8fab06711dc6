"""A shard with alert policies whose traffic and clock a test controls."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from services.evaluator.alert_record import changes_of
from services.evaluator.checkpoint import encode_names_of, encode_state, restored, state_of
from services.evaluator.domain.shard import Shard
from services.evaluator.domain.watch import Watch
from shared.domain.duration import parse_duration
from shared.domain.silence import Silence
from shared.domain.slo import SLO, AlertCondition, AlertPolicy
from shared.memory_alerts import MemoryAlerts
from shared.notification import Notification, decode_notification
from shared.sql.alert_rows import Delivery
from shared.sql.shard_rows import Claim
from tests.unit.evaluator.build import NOW, Feeder, key_of, watch

STALE_AFTER = 60


def seconds(text: str) -> int:
    found = parse_duration(text)
    assert found is not None
    return found.seconds


def condition(
    name: str = "burns",
    *,
    threshold: str = "2",
    lookback: str = "1h",
    short: str | None = None,
    severity: str = "page",
    op: str = "gt",
    **more: Any,
) -> AlertCondition:
    """Return a condition that a burn above 2 over the last hour meets."""
    return AlertCondition(
        name,
        severity,
        op,
        Decimal(threshold),
        seconds(lookback),
        lookback,
        seconds(short) if short else None,
        short,
        **more,
    )


def policy(
    called: str = "fast",
    *,
    targets: Sequence[str] = ("mail",),
    no_data: bool = False,
    breaching: bool = True,
    resolved: bool = True,
    **more: Any,
) -> AlertPolicy:
    """Return a policy that tells one target when its condition begins and ends to hold."""
    return AlertPolicy(
        called,
        condition(**more),
        tuple(targets),
        alert_when_breaching=breaching,
        alert_when_resolved=resolved,
        alert_when_no_data=no_data,
    )


class Alarm:
    """One shard, what its alerts led to, and a clock; `stored` is what flushes wrote."""

    def __init__(self, *slos: SLO, at: int = NOW) -> None:
        self.slos = slos
        self.watch: Watch = watch(*slos)
        self.now = at
        self.stored = MemoryAlerts()
        self.silences: list[Silence] = []
        self.feeder = Feeder()
        self.shard = self._restored(Claim(1, 0, "", None, None, 0, 0))
        self._complete_until = at

    def tick(self, step: int = 1, *, fresh: bool = True) -> None:
        """Let time pass, and judge; without `fresh` no source says that it is complete."""
        self.now += step
        if fresh:
            self._complete_until = self.now
        message = self.feeder.message(complete_until=self._complete_until * 1000)
        self.shard.apply(self.shard.progress.next_offset, self.now * 1000, message)
        self.shard.advance(self.now, STALE_AFTER, self.silences)

    def count(self, bad: int, total: int, *, slo: int = 0, ago: int = 0, group: str = "") -> None:
        """Count events of an SLO now, or so many seconds ago."""
        key = key_of(self.slos[slo], *([group] if group else []))
        self.feeder.count(key, self.now - ago, total - bad, total)

    def define(self, *slos: SLO, revision: int = 2) -> None:
        """Change the definitions."""
        self.slos = slos
        self.watch = watch(*slos, revision=revision)
        self.shard.use(self.watch, self.now)

    def save(self) -> None:
        """Write what happened, as a flush does."""
        self.stored.write(changes_of(0, self.shard.alerting.take_happened()))

    def take_over(self) -> None:
        """Save, and let another process take the shard over now; the counts come from its log."""
        self.save()
        names = encode_names_of(self.shard)
        state = encode_state(state_of(self.shard))
        counters = self.shard.counters
        self.shard = self._restored(Claim(2, 0, "", state, names, 0, 0))
        self.shard.counters = counters
        self.shard.use(self.watch, self.now)

    def states(self) -> list[str]:
        """Return the states of all alerts, saved or not, in the order in which they began."""
        self.save()
        rows = sorted(self.stored.rows.values(), key=lambda row: (row.began_at, row.condition))
        return [row.state for row in rows]

    def steps(self, condition: str = "burns") -> list[tuple[str, int]]:
        """Return every transition of a condition, with how many seconds after NOW it was."""
        self.save()
        return [
            (step.state, int(step.at.timestamp()) - NOW)
            for step in sorted(self.stored.transitions.values(), key=lambda step: step.at)
            if self.stored.rows[step.alert_id].condition == condition
        ]

    def conditions(self) -> list[str]:
        """Return the conditions that ever alerted."""
        self.save()
        return sorted(row.condition for row in self.stored.rows.values())

    def notifications(self, state: Delivery = Delivery.PENDING) -> list[Notification]:
        """Return what targets are told, or would have been."""
        self.save()
        rows = [row for row in self.stored.outbox.values() if row.state is state]
        found = [decode_notification(row.payload) for row in rows]
        return sorted(found, key=lambda one: (one.at, one.sequence))

    def told(self, state: Delivery = Delivery.PENDING) -> list[str]:
        """Return the events of those notifications, each with its condition."""
        return [f"{one.condition} {one.event.value}" for one in self.notifications(state)]

    def _restored(self, claim: Claim) -> Shard:
        made = restored(claim, 0, 1, self.now, self.watch.windows)
        made.use(self.watch, self.now)
        return made

"""What an operator sees of the delivery of notifications."""

from collections.abc import Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge

from shared.sql.outbox import Backlog


class DeliveryMetrics:
    """Counts attempts by what came of them, and shows what is left."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "leeway_notifications",
            "Attempts to notify a target: delivered, retried or failed for good.",
            ["target", "outcome"],
            registry=registry,
        )
        self._pending = Gauge(
            "leeway_outbox_pending",
            "Notifications that are still to be delivered.",
            ["target"],
            registry=registry,
        )
        self._failed = Gauge(
            "leeway_outbox_failed",
            "Notifications that nobody will deliver unless a person tries them again.",
            ["target"],
            registry=registry,
        )
        self._oldest = Gauge(
            "leeway_outbox_oldest_seconds",
            "Age of the oldest notification that is still to be delivered.",
            ["target"],
            registry=registry,
        )
        self._heartbeats = Counter(
            "leeway_heartbeats",
            "Heartbeats to the dead man's switch: sent, failed, or withheld for not being healthy.",
            ["outcome"],
            registry=registry,
        )

    def attempted(self, target: str, outcome: str) -> None:
        """Count an attempt."""
        self._attempts.labels(target, outcome).inc()

    def beaten(self, outcome: str) -> None:
        """Count a heartbeat that was due."""
        self._heartbeats.labels(outcome).inc()

    def left(self, backlog: Sequence[Backlog], now: datetime) -> None:
        """Show what is left, and nothing of targets that have nothing left."""
        for gauge in (self._pending, self._failed, self._oldest):
            gauge.clear()
        for one in backlog:
            self._pending.labels(one.target).set(one.pending)
            self._failed.labels(one.target).set(one.failed)
            if one.oldest is not None:
                self._oldest.labels(one.target).set((now - one.oldest).total_seconds())

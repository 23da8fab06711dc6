"""What an operator must know about the evaluator itself."""

import time
from collections.abc import Callable
from math import nan

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.domain.errors import LeewayError
from shared.sql.shard_rows import Flush

TICK_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
FLUSH_BUCKETS = (0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

log = structlog.get_logger(__name__)


class Vitals:
    """The evaluator's own figures, and whether the database and Kafka answer."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.database: str | None = None  # why it does not answer
        self.broker: str | None = None
        self.fetch_age: Callable[[], float | None] = lambda: None  # seconds
        self.ticked_at: float | None = None  # monotonic seconds
        self._messages = Counter(
            "leeway_evaluator_messages",
            "Counts messages read, by what became of them.",
            ["result"],
            registry=registry,
        )
        self._tick = Histogram(
            "leeway_evaluator_tick_seconds",
            "Time that one evaluation of all objectives took.",
            registry=registry,
            buckets=TICK_BUCKETS,
        )
        self._flush = Histogram(
            "leeway_evaluator_flush_seconds",
            "Time that saving one shard took.",
            registry=registry,
            buckets=FLUSH_BUCKETS,
        )
        self._bytes = Counter(
            "leeway_evaluator_flush_bytes",
            "Bytes saved, before the database's own overhead.",
            registry=registry,
        )
        self._failures = Counter(
            "leeway_evaluator_store_failures",
            "Times the database could not be reached, by what was being done.",
            ["doing"],
            registry=registry,
        )
        self._lag = Gauge(
            "leeway_evaluator_lag_records",
            "Counts messages that wait to be applied by this process.",
            registry=registry,
        )
        self._lag.set(nan)
        self._fetch_age = Gauge(
            "leeway_evaluator_fetch_age_seconds",
            "Time since Kafka last answered a fetch of counts.",
            registry=registry,
        )

    def behind(self, records: int | None) -> None:
        """Show how many counts messages wait to be applied; None while nobody can tell."""
        self._lag.set(nan if records is None else records)

    def watch_fetches(self, age: Callable[[], float | None]) -> None:
        """Show how long ago Kafka last answered a fetch; a consumer can hang for ever."""
        self.fetch_age = age
        self._fetch_age.set_function(lambda: nan if (seconds := age()) is None else seconds)

    def read(self, *, applied: int, malformed: int) -> None:
        """Count messages of the counts log."""
        self._messages.labels("applied").inc(applied)
        self._messages.labels("malformed").inc(malformed)

    def ticked(self, seconds: float) -> None:
        """Note how long a tick took, and that there was one."""
        self.ticked_at = time.monotonic()
        self._tick.observe(seconds)

    def flushed(self, flush: Flush, seconds: float) -> None:
        """Note a flush that was written."""
        self.store_answered()
        self._flush.observe(seconds)
        self._bytes.inc(flush_bytes(flush))

    def store_answered(self) -> None:
        """Note that the database did what it was asked to."""
        if self.database is not None:
            log.info("the database answers again")
        self.database = None

    def broker_answered(self) -> None:
        """Note that Kafka answered."""
        if self.broker is not None:
            log.info("Kafka answers again")
        self.broker = None

    def store_failed(self, doing: str, error: LeewayError) -> None:
        """Note that the database could not be reached."""
        if self.database is None:
            log.warning("the database cannot be reached", doing=doing, reason=str(error))
        self.database = str(error)
        self._failures.labels(doing).inc()

    def broker_failed(self, error: LeewayError) -> None:
        """Note that Kafka could not be reached."""
        if self.broker is None:
            log.warning("Kafka cannot be reached", reason=str(error))
        self.broker = str(error)


def flush_bytes(flush: Flush) -> int:
    """Return how much a flush hands to the database."""
    return (
        len(flush.state)
        + len(flush.names or b"")
        + sum(len(segment.data) for segment in flush.segments)
    )

"""What ingest tells Prometheus about itself."""

from collections.abc import Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """Ingest's metrics, in a registry of their own.

    They count what this process did: after a restart some records are read again. The exact
    figures are those of the evaluator.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.events = Counter(
            "leeway_ingest_events",
            "Records read, by data source and what became of them.",
            ["source", "result"],
            registry=registry,
        )
        self.not_numeric = Counter(
            "leeway_ingest_not_numeric_events",
            "Events whose value an indicator could not compare, because it is not a number.",
            ["slo", "indicator"],
            registry=registry,
        )
        self.dead_letters = Counter(
            "leeway_dead_letters",
            "Rejected records, by reason: all of them, also those kept out of the topic.",
            ["reason"],
            registry=registry,
        )
        self.dead_letters_withheld = Counter(
            "leeway_dead_letters_withheld",
            "Rejected records that were not written to the dead-letter topic, by why not.",
            ["cause"],
            registry=registry,
        )
        self.lag = Gauge(
            "leeway_pipeline_lag_seconds",
            "Age of the moment up to which everything that had arrived is counted, by topic.",
            ["topic"],
            registry=registry,
        )
        self.lag_records = Gauge(
            "leeway_ingest_lag_records",
            "Records that wait to be counted by this process, by topic.",
            ["topic"],
            registry=registry,
        )
        self.sessions_dropped = Counter(
            "leeway_ingest_sessions_dropped",
            "Readings of a partition that were given up and begun again, by cause.",
            ["cause"],
            registry=registry,
        )
        self.stopped = Gauge(
            "leeway_ingest_stopped_partitions",
            "Partitions that are not read any more because their log was truncated.",
            registry=registry,
        )
        self.partitions = Gauge(
            "leeway_ingest_partitions", "Partitions that this process reads.", registry=registry
        )
        self.missing_topics = Gauge(
            "leeway_ingest_missing_topics",
            "Topics that the definitions name and Kafka does not have.",
            registry=registry,
        )
        self.messages = Counter(
            "leeway_ingest_counts_messages", "Counts messages acknowledged.", registry=registry
        )
        self.poll_age = Gauge(
            "leeway_ingest_poll_age_seconds",
            "Seconds since Kafka was last read successfully.",
            registry=registry,
        )
        self.revision = Gauge(
            "leeway_ingest_definitions_revision",
            "The revision of the definitions that is counted by.",
            registry=registry,
        )


class Results(Protocol):
    """What a counter says about the records it was given, since it was made."""

    @property
    def results(self) -> Mapping[str, int]: ...

    @property
    def not_numeric(self) -> Mapping[tuple[str, str], int]: ...


class Progress:
    """Adds what one counter has counted since the last time to the metrics."""

    def __init__(self, metrics: Metrics, source: str, counter: Results) -> None:
        self._metrics = metrics
        self._source = source
        self._counter = counter
        self._results: dict[str, int] = {}
        self._not_numeric: dict[tuple[str, str], int] = {}

    def report(self) -> None:
        """Bring the metrics up to date."""
        for result, count in self._counter.results.items():
            if more := count - self._results.get(result, 0):
                self._metrics.events.labels(self._source, result).inc(more)
                self._results[result] = count
        for indicator, count in self._counter.not_numeric.items():
            if more := count - self._not_numeric.get(indicator, 0):
                self._metrics.not_numeric.labels(*indicator).inc(more)
                self._not_numeric[indicator] = count

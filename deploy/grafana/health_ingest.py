"""Health of ingest: what it reads and rejects, and what waits for it."""

from deploy.grafana.dashboard import Row
from deploy.grafana.own_metric import greatest, here, or_none, rate_of, summed
from deploy.grafana.panel import (
    LAG,
    NUMBER,
    RATE,
    SECONDS,
    Query,
    Scale,
    course,
)


def ingest() -> list[Row]:
    """Return the rows."""
    return [_records(), _partitions()]


def _records() -> Row:
    return Row(
        9,
        (
            course(
                "Records read",
                [
                    Query(
                        rate_of("leeway_ingest_events_total", "source, result"),
                        "{{source}} {{result}}",
                    )
                ],
                RATE,
                stacked=True,
            ),
            course(
                "Completeness by topic",
                [
                    Query(
                        f"max by (job, topic) (leeway_pipeline_lag_seconds{{{here('')}}})",
                        "{{job}} {{topic}}",
                    )
                ],
                LAG,
                "How long ago the moment is up to which everything is counted.",
                line_at=True,
            ),
            course(
                "Rejected records",
                [
                    Query(or_none(rate_of("leeway_dead_letters_total", "reason")), "{{reason}}"),
                    Query(
                        or_none(rate_of("leeway_dead_letters_withheld_total", "cause")),
                        "withheld: {{cause}}",
                    ),
                ],
                RATE,
            ),
        ),
        "Ingest",
    )


def _partitions() -> Row:
    return Row(
        8,
        (
            course(
                "Partitions",
                [Query(summed("leeway_ingest_partitions", "instance"), "{{instance}}")],
                NUMBER,
            ),
            course(
                "Records that wait",
                [
                    Query(summed("leeway_ingest_lag_records", "topic"), "ingest {{topic}}"),
                    Query(summed("leeway_evaluator_lag_records"), "evaluator, counts"),
                ],
                NUMBER,
                "In Kafka, and not yet counted or applied.",
            ),
            course(
                "Counts messages",
                [
                    Query(
                        rate_of("leeway_ingest_counts_messages_total", "instance"),
                        "{{instance}}",
                    )
                ],
                Scale("ops"),
            ),
            course(
                "Time since Kafka answered",
                [
                    Query(greatest("leeway_ingest_poll_age_seconds"), "ingest {{instance}}"),
                    Query(greatest("leeway_evaluator_fetch_age_seconds"), "evaluator {{instance}}"),
                ],
                SECONDS,
            ),
            course(
                "Readings begun again",
                [
                    Query(
                        or_none(rate_of("leeway_ingest_sessions_dropped_total", "cause")),
                        "{{cause}}",
                    )
                ],
                Scale("ops"),
                "New definitions, rebalances and errors do that; nothing is lost by it.",
            ),
        ),
    )

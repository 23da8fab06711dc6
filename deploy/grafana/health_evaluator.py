"""Health of the evaluator: its shards, its ticks, and what it stores."""

from deploy.grafana.dashboard import Row
from deploy.grafana.own_metric import greatest, or_none, quantile, rate_of, summed
from deploy.grafana.panel import (
    BAD_IF_ANY,
    NUMBER,
    SECONDS,
    Query,
    Scale,
    course,
)


def evaluator() -> list[Row]:
    """Return the rows."""
    return [_work(), _figures()]


def _work() -> Row:
    return Row(
        8,
        (
            course(
                "Shards",
                [
                    Query(
                        summed("leeway_evaluator_shards", "instance, state"),
                        "{{instance}} {{state}}",
                    )
                ],
                NUMBER,
                stacked=True,
            ),
            course(
                "Evaluating everything once",
                [
                    Query(quantile("leeway_evaluator_tick_seconds", 0.5), "median"),
                    Query(quantile("leeway_evaluator_tick_seconds", 0.99), "99 of 100"),
                ],
                SECONDS,
            ),
            course(
                "Saving one shard",
                [
                    Query(quantile("leeway_evaluator_flush_seconds", 0.5), "median"),
                    Query(quantile("leeway_evaluator_flush_seconds", 0.99), "99 of 100"),
                ],
                SECONDS,
            ),
            course(
                "Saved bytes",
                [
                    Query(
                        rate_of("leeway_evaluator_flush_bytes_total", "instance"),
                        "{{instance}}",
                    )
                ],
                Scale("Bps"),
            ),
        ),
        "Evaluator",
    )


def _figures() -> Row:
    return Row(
        8,
        (
            course(
                "Counts messages read",
                [Query(rate_of("leeway_evaluator_messages_total", "result"), "{{result}}")],
                Scale("ops"),
            ),
            course(
                "What is missing from figures",
                [
                    Query(summed("leeway_lost_offsets_total", "topic"), "lost {{topic}}"),
                    Query(
                        or_none(summed("leeway_ambiguous_chunks_total", "topic")),
                        "ambiguous {{topic}}",
                    ),
                    Query(summed("leeway_evaluator_skipped_offsets_total"), "skipped counts"),
                ],
                BAD_IF_ANY,
                "Offsets and messages, since counting began.",
            ),
            course(
                "Database out of reach",
                [
                    Query(
                        or_none(rate_of("leeway_evaluator_store_failures_total", "doing")),
                        "{{doing}}",
                    )
                ],
                Scale("ops"),
            ),
            course(
                "Revision of the definitions",
                [
                    Query(greatest("leeway_ingest_definitions_revision"), "ingest {{instance}}"),
                    Query(greatest("leeway_evaluator_revision"), "evaluator {{instance}}"),
                ],
                NUMBER,
                "After a change all lines meet again within seconds.",
            ),
        ),
    )

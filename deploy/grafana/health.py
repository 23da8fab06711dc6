"""Leeway's own health: whether its figures are complete, and what keeps it from working."""

from deploy.grafana.dashboard import Row, dashboard, label_variable
from deploy.grafana.panel import (
    BAD_IF_ANY,
    LAG,
    RATE,
    SECONDS,
    Json,
    Query,
    Scale,
    course,
    stat,
)

UID = "leeway-health"
NUMBER = Scale(decimals=0)
EVALUATOR = 'instance=~"$instance",job="evaluator"'


def _sum(metric: str, by: str = "", where: str = "") -> str:
    return f"sum{f' by ({by})' if by else ''} ({metric}{{{_here(where)}}})"


def _rate(metric: str, by: str = "", where: str = "") -> str:
    return f"sum{f' by ({by})' if by else ''} (rate({metric}{{{_here(where)}}}[$__rate_interval]))"


def _here(where: str) -> str:
    return ",".join(filter(None, ['instance=~"$instance"', where]))


def _quantile(metric: str, share: float, by: str = "") -> str:
    labels = ", ".join(filter(None, ["le", by]))
    return f"histogram_quantile({share}, {_rate(f'{metric}_bucket', labels)})"


def _none(expression: str) -> str:
    """Return the expression with 0 where a counter has not begun."""
    return f"{expression} or vector(0)"


def health() -> Json:
    """Return the dashboard."""
    return dashboard(
        UID,
        "Leeway / Health",
        "Leeway itself: completeness, lost and rejected records, shards, database, api.",
        variables=[
            label_variable(
                "instance",
                'up{job=~"ingest|evaluator|api"}',
                "instance",
                title="Instance",
                several=True,
            )
        ],
        rows=[
            Row(
                4,
                (
                    stat(
                        "Processes",
                        Query(_sum("up", "job", 'job=~"ingest|evaluator|api"'), "{{job}}"),
                        Scale(decimals=0, steps=((None, "red"), (1, "green"))),
                    ),
                    stat(
                        "Furthest behind",
                        Query(f"max(leeway_pipeline_lag_seconds{{{EVALUATOR}}})"),
                        LAG,
                    ),
                    stat("Lost offsets", Query(_sum("leeway_lost_offsets_total")), BAD_IF_ANY),
                    stat(
                        "Stopped partitions",
                        Query(_sum("leeway_ingest_stopped_partitions")),
                        BAD_IF_ANY,
                    ),
                    stat(
                        "Missing topics",
                        Query(f"max(leeway_ingest_missing_topics{{{_here('')}}})"),
                        BAD_IF_ANY,
                    ),
                    stat("Series", Query(_sum("leeway_evaluator_series")), NUMBER),
                ),
            ),
            *_ingest(),
            *_evaluator(),
            *_notifications(),
            *_api(),
        ],
    )


def _ingest() -> list[Row]:
    return [
        Row(
            9,
            (
                course(
                    "Records read",
                    [
                        Query(
                            _rate("leeway_ingest_events_total", "source, result"),
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
                            f"max by (job, topic) (leeway_pipeline_lag_seconds{{{_here('')}}})",
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
                        Query(_none(_rate("leeway_dead_letters_total", "reason")), "{{reason}}"),
                        Query(
                            _none(_rate("leeway_dead_letters_withheld_total", "cause")),
                            "withheld: {{cause}}",
                        ),
                    ],
                    RATE,
                ),
            ),
            "Ingest",
        ),
        Row(
            8,
            (
                course(
                    "Partitions",
                    [Query(_sum("leeway_ingest_partitions", "instance"), "{{instance}}")],
                    NUMBER,
                ),
                course(
                    "Records that wait",
                    [
                        Query(_sum("leeway_ingest_lag_records", "topic"), "ingest {{topic}}"),
                        Query(_sum("leeway_evaluator_lag_records"), "evaluator, counts"),
                    ],
                    NUMBER,
                    "In Kafka, and not yet counted or applied.",
                ),
                course(
                    "Counts messages",
                    [
                        Query(
                            _rate("leeway_ingest_counts_messages_total", "instance"), "{{instance}}"
                        )
                    ],
                    Scale("ops"),
                ),
                course(
                    "Time since Kafka answered",
                    [
                        Query(_max("leeway_ingest_poll_age_seconds"), "ingest {{instance}}"),
                        Query(_max("leeway_evaluator_fetch_age_seconds"), "evaluator {{instance}}"),
                    ],
                    SECONDS,
                ),
                course(
                    "Readings begun again",
                    [
                        Query(
                            _none(_rate("leeway_ingest_sessions_dropped_total", "cause")),
                            "{{cause}}",
                        )
                    ],
                    Scale("ops"),
                    "New definitions, rebalances and errors do that; nothing is lost by it.",
                ),
            ),
        ),
    ]


def _max(metric: str) -> str:
    return f"max by (instance) ({metric}{{{_here('')}}})"


def _evaluator() -> list[Row]:
    return [
        Row(
            8,
            (
                course(
                    "Shards",
                    [
                        Query(
                            _sum("leeway_evaluator_shards", "instance, state"),
                            "{{instance}} {{state}}",
                        )
                    ],
                    NUMBER,
                    stacked=True,
                ),
                course(
                    "Evaluating everything once",
                    [
                        Query(_quantile("leeway_evaluator_tick_seconds", 0.5), "median"),
                        Query(_quantile("leeway_evaluator_tick_seconds", 0.99), "99 of 100"),
                    ],
                    SECONDS,
                ),
                course(
                    "Saving one shard",
                    [
                        Query(_quantile("leeway_evaluator_flush_seconds", 0.5), "median"),
                        Query(_quantile("leeway_evaluator_flush_seconds", 0.99), "99 of 100"),
                    ],
                    SECONDS,
                ),
                course(
                    "Saved bytes",
                    [
                        Query(
                            _rate("leeway_evaluator_flush_bytes_total", "instance"), "{{instance}}"
                        )
                    ],
                    Scale("Bps"),
                ),
            ),
            "Evaluator",
        ),
        Row(
            8,
            (
                course(
                    "Counts messages read",
                    [Query(_rate("leeway_evaluator_messages_total", "result"), "{{result}}")],
                    Scale("ops"),
                ),
                course(
                    "What is missing from figures",
                    [
                        Query(_sum("leeway_lost_offsets_total", "topic"), "lost {{topic}}"),
                        Query(
                            _none(_sum("leeway_ambiguous_chunks_total", "topic")),
                            "ambiguous {{topic}}",
                        ),
                        Query(_sum("leeway_evaluator_skipped_offsets_total"), "skipped counts"),
                    ],
                    BAD_IF_ANY,
                    "Offsets and messages, since counting began.",
                ),
                course(
                    "Database out of reach",
                    [
                        Query(
                            _none(_rate("leeway_evaluator_store_failures_total", "doing")),
                            "{{doing}}",
                        )
                    ],
                    Scale("ops"),
                ),
                course(
                    "Revision of the definitions",
                    [
                        Query(_max("leeway_ingest_definitions_revision"), "ingest {{instance}}"),
                        Query(_max("leeway_evaluator_revision"), "evaluator {{instance}}"),
                    ],
                    NUMBER,
                    "After a change all lines meet again within seconds.",
                ),
            ),
        ),
    ]


def _notifications() -> list[Row]:
    return [
        Row(
            8,
            (
                course(
                    "Notifications",
                    [Query(_none(_rate("leeway_notifications_total", "outcome")), "{{outcome}}")],
                    Scale("ops"),
                ),
                course(
                    "Not delivered",
                    [
                        Query(_none(_sum("leeway_outbox_pending", "target")), "waiting {{target}}"),
                        Query(_none(_sum("leeway_outbox_failed", "target")), "failed {{target}}"),
                    ],
                    BAD_IF_ANY,
                ),
                course(
                    "Oldest that waits",
                    [
                        Query(
                            _none(f"max by (target) (leeway_outbox_oldest_seconds{{{_here('')}}})"),
                            "{{target}}",
                        )
                    ],
                    SECONDS,
                ),
                course(
                    "Heartbeats",
                    [Query(_none(_rate("leeway_heartbeats_total", "outcome")), "{{outcome}}")],
                    Scale("ops"),
                    "To the dead man's switch, where there is one.",
                ),
            ),
            "Notifications",
        )
    ]


def _api() -> list[Row]:
    seconds = "leeway_api_request_seconds"
    return [
        Row(
            8,
            (
                course(
                    "Requests",
                    [Query(_rate(f"{seconds}_count", "status"), "{{status}}")],
                    Scale("reqps"),
                    stacked=True,
                ),
                course(
                    "99 of 100 requests take",
                    [Query(_quantile(seconds, 0.99, "route"), "{{route}}")],
                    SECONDS,
                ),
                course(
                    "Events over HTTP",
                    [
                        Query(
                            _none(_rate("leeway_api_events_total", "source, result")),
                            "{{source}} {{result}}",
                        )
                    ],
                    RATE,
                ),
            ),
            "Api",
        )
    ]

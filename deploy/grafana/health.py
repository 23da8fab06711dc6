"""Leeway's own health: whether its figures are complete, and what keeps it from working."""

from deploy.grafana.dashboard import Row, dashboard, label_variable
from deploy.grafana.health_evaluator import evaluator
from deploy.grafana.health_ingest import ingest
from deploy.grafana.own_metric import EVALUATOR, here, or_none, quantile, rate_of, summed
from deploy.grafana.panel import (
    BAD_IF_ANY,
    LAG,
    NUMBER,
    RATE,
    SECONDS,
    Json,
    Query,
    Scale,
    course,
    stat,
)

UID = "leeway-health"


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
            _at_a_glance(),
            *ingest(),
            *evaluator(),
            _notifications(),
            _api(),
        ],
    )


def _at_a_glance() -> Row:
    return Row(
        4,
        (
            stat(
                "Processes",
                Query(summed("up", "job", 'job=~"ingest|evaluator|api"'), "{{job}}"),
                Scale(decimals=0, steps=((None, "red"), (1, "green"))),
            ),
            stat(
                "Furthest behind",
                Query(f"max(leeway_pipeline_lag_seconds{{{EVALUATOR}}})"),
                LAG,
            ),
            stat("Lost offsets", Query(summed("leeway_lost_offsets_total")), BAD_IF_ANY),
            stat(
                "Stopped partitions",
                Query(summed("leeway_ingest_stopped_partitions")),
                BAD_IF_ANY,
            ),
            stat(
                "Missing topics",
                Query(f"max(leeway_ingest_missing_topics{{{here('')}}})"),
                BAD_IF_ANY,
            ),
            stat("Series", Query(summed("leeway_evaluator_series")), NUMBER),
        ),
    )


def _notifications() -> Row:
    return Row(
        8,
        (
            course(
                "Notifications",
                [Query(or_none(rate_of("leeway_notifications_total", "outcome")), "{{outcome}}")],
                Scale("ops"),
            ),
            course(
                "Not delivered",
                [
                    Query(or_none(summed("leeway_outbox_pending", "target")), "waiting {{target}}"),
                    Query(or_none(summed("leeway_outbox_failed", "target")), "failed {{target}}"),
                ],
                BAD_IF_ANY,
            ),
            course(
                "Oldest that waits",
                [
                    Query(
                        or_none(f"max by (target) (leeway_outbox_oldest_seconds{{{here('')}}})"),
                        "{{target}}",
                    )
                ],
                SECONDS,
            ),
            course(
                "Heartbeats",
                [Query(or_none(rate_of("leeway_heartbeats_total", "outcome")), "{{outcome}}")],
                Scale("ops"),
                "To the dead man's switch, where there is one.",
            ),
        ),
        "Notifications",
    )


def _api() -> Row:
    seconds = "leeway_api_request_seconds"
    return Row(
        8,
        (
            course(
                "Requests",
                [Query(rate_of(f"{seconds}_count", "status"), "{{status}}")],
                Scale("reqps"),
                stacked=True,
            ),
            course(
                "99 of 100 requests take",
                [Query(quantile(seconds, 0.99, "route"), "{{route}}")],
                SECONDS,
            ),
            course(
                "Events over HTTP",
                [
                    Query(
                        or_none(rate_of("leeway_api_events_total", "source, result")),
                        "{{source}} {{result}}",
                    )
                ],
                RATE,
            ),
        ),
        "Api",
    )

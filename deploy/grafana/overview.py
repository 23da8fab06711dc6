"""All objectives at a glance: which are in trouble, and what is spent fastest."""

from deploy.grafana.dashboard import Row, dashboard, label_variable
from deploy.grafana.panel import (
    BAD_IF_ANY,
    BUDGET,
    BURN,
    RATE,
    SECONDS,
    SHARE,
    Column,
    Json,
    Query,
    Scale,
    course,
    stat,
    table,
)

UID = "leeway-overview"
LABELS = ("slo", "objective", "group", "service")
BY = f"by ({', '.join(LABELS)})"
# What agreements promise is an objective once more; it has a dashboard of its own.
WHERE = 'service=~"$service",agreement=""'
LEFT = (
    f"(leeway_whole_period_budget_remaining_ratio{{{WHERE}}}"
    f" or leeway_error_budget_remaining_ratio{{{WHERE}}})"
)
LINK = (
    "/d/leeway-objective?var-slo=${__data.fields.slo}"
    "&var-objective=${__data.fields.objective}&${datasource:queryparam}&${__url_time_range}"
)


def _burn(window: str) -> str:
    return f'leeway_burn_rate{{{WHERE},window="{window}"}}'


def overview() -> Json:
    """Return the dashboard."""
    name = "{{slo}} / {{objective}} {{group}}"
    rate = f"rate(leeway_events_total{{{WHERE}}}[$__rate_interval])"
    bad = f'rate(leeway_events_total{{{WHERE},outcome="bad"}}[$__rate_interval])'
    return dashboard(
        UID,
        "Leeway / Overview",
        "Every objective: its budget, how fast it is spent, and how much is measured.",
        variables=[
            label_variable(
                "service", "leeway_objective_ratio", "service", title="Service", several=True
            )
        ],
        rows=[
            Row(
                4,
                (
                    stat(
                        "Objectives",
                        Query(f"count(leeway_objective_ratio{{{WHERE}}})"),
                        Scale(decimals=0),
                        "Each group of a grouped objective counts as one.",
                    ),
                    stat(
                        "Budget spent",
                        Query(f"count({LEFT} < 0) or vector(0)"),
                        BAD_IF_ANY,
                        "Objectives whose indicator is below the target over their window.",
                    ),
                    stat(
                        "Less than 10 % left",
                        Query(f"count({LEFT} >= 0 < 0.1) or vector(0)"),
                        BAD_IF_ANY,
                    ),
                    stat(
                        "Burning above 1",
                        Query(f"count({_burn('1h')} > 1) or vector(0)"),
                        BAD_IF_ANY,
                        "Objectives that spend faster in the last hour than their window allows.",
                    ),
                    stat(
                        "Figures are complete up to",
                        Query('max(leeway_pipeline_lag_seconds{job="evaluator"})'),
                        Scale("s", 0, ((None, "green"), (20, "orange"), (60, "red"))),
                        "How long ago, of the topic furthest behind. At 60 s objectives are stale.",
                    ),
                ),
            ),
            Row(
                12,
                (
                    table(
                        "Objectives",
                        LABELS,
                        [
                            Column(
                                "Target", f"max {BY} (leeway_objective_ratio{{{WHERE}}})", SHARE
                            ),
                            Column("Budget left", f"min {BY} ({LEFT})", BUDGET),
                            Column("Burn 1 h", f"max {BY} ({_burn('1h')})", BURN),
                            Column("Burn 6 h", f"max {BY} ({_burn('6h')})", BURN),
                            Column("Burn 3 d", f"max {BY} ({_burn('3d')})", BURN),
                            Column("Events", f"sum {BY} ({rate})", RATE),
                        ],
                        "A click on an SLO opens its own dashboard.",
                        ("slo", LINK),
                    ),
                ),
            ),
            Row(
                9,
                (
                    course(
                        "Least budget left",
                        [Query(f"bottomk(10, {LEFT})", name)],
                        BUDGET,
                        "The ten objectives with the least.",
                        line_at=True,
                    ),
                    course(
                        "Fastest burn over 1 h",
                        [Query(f"topk(10, {_burn('1h')})", name)],
                        BURN,
                        "The ten fastest. At 1 the budget lasts exactly one window.",
                        line_at=True,
                    ),
                ),
            ),
            Row(
                9,
                (
                    course(
                        "Events by service",
                        [Query(f"sum by (service) ({rate})", "{{service}}")],
                        RATE,
                        "An event is counted once for each objective that it concerns.",
                    ),
                    course(
                        "Bad events by service",
                        [Query(f"sum by (service) ({bad})", "{{service}}")],
                        RATE,
                    ),
                    course(
                        "Completeness by topic",
                        [
                            Query(
                                'max by (topic) (leeway_pipeline_lag_seconds{job="evaluator"})',
                                "{{topic}}",
                            )
                        ],
                        SECONDS,
                        "How long ago the moment is up to which everything is counted.",
                    ),
                ),
            ),
        ],
    )

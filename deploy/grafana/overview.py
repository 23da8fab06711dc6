"""All objectives at a glance: which are in trouble, and what is spent fastest."""

from deploy.grafana.dashboard import Row, dashboard, label_variable
from deploy.grafana.figure import Figures
from deploy.grafana.panel import (
    BAD_IF_ANY,
    BUDGET,
    BURN,
    LAG,
    NUMBER,
    RATE,
    SHARE,
    Column,
    Json,
    Query,
    course,
    stat,
    table,
)

UID = "leeway-overview"
LABELS = ("slo", "objective", "group", "service")
ALERT_LABELS = (*LABELS, "policy", "condition", "severity")
BY = f"by ({', '.join(LABELS)})"
# What agreements promise is an objective once more; it has a dashboard of its own.
FIGURES = Figures('service=~"$service",agreement=""')
BEHIND = 'leeway_pipeline_lag_seconds{job="evaluator"}'
NAME = "{{slo}} / {{objective}} {{group}}"
LINK = (
    "/d/leeway-objective?var-slo=${__data.fields.slo}"
    "&var-objective=${__data.fields.objective}&${datasource:queryparam}&${__url_time_range}"
)


def overview() -> Json:
    """Return the dashboard."""
    return dashboard(
        UID,
        "Leeway / Overview",
        "Every objective: its budget, how fast it is spent, and how much is measured.",
        variables=[
            label_variable(
                "service", "leeway_objective_ratio", "service", title="Service", several=True
            )
        ],
        rows=[_at_a_glance(), _objectives(), _alerts(), _budgets(), _traffic()],
    )


def _at_a_glance() -> Row:
    return Row(
        4,
        (
            stat(
                "Objectives",
                Query(f"count({FIGURES.target})"),
                NUMBER,
                "Each group of a grouped objective counts as one.",
            ),
            stat(
                "Budget spent",
                Query(f"count({FIGURES.left} < 0) or vector(0)"),
                BAD_IF_ANY,
                "Objectives that have no budget left for their window or period.",
            ),
            stat(
                "Less than 10 % left",
                Query(f"count({FIGURES.left} >= 0 < 0.1) or vector(0)"),
                BAD_IF_ANY,
            ),
            stat(
                "Burning above 1",
                Query(f"count({FIGURES.burn('1h')} > 1) or vector(0)"),
                BAD_IF_ANY,
                "Objectives that spend faster in the last hour than their window allows.",
            ),
            stat("Alerts firing", Query(f"sum({FIGURES.firing})"), BAD_IF_ANY),
            stat(
                "Figures are complete up to",
                Query(f"max({BEHIND})"),
                LAG,
                "How long ago, of the topic furthest behind. At 60 s objectives are stale.",
            ),
        ),
    )


def _objectives() -> Row:
    columns = [
        Column("Target", f"max {BY} ({FIGURES.target})", SHARE),
        Column("Budget left", f"min {BY} ({FIGURES.left})", BUDGET),
        Column("Burn 1 h", f"max {BY} ({FIGURES.burn('1h')})", BURN),
        Column("Burn 6 h", f"max {BY} ({FIGURES.burn('6h')})", BURN),
        Column("Burn 3 d", f"max {BY} ({FIGURES.burn('3d')})", BURN),
        Column("Events", f"sum {BY} ({FIGURES.rate()})", RATE),
    ]
    about = "A click on an SLO opens its own dashboard."
    return Row(12, (table("Objectives", LABELS, columns, about, ("slo", LINK)),))


def _alerts() -> Row:
    firing = Column(
        "Firing", f"max by ({', '.join(ALERT_LABELS)}) ({FIGURES.firing} == 1)", BAD_IF_ANY
    )
    return Row(
        7,
        (
            table("Alerts that fire", ALERT_LABELS, [firing], link=("slo", LINK)),
            course(
                "Alerts by severity",
                [Query(f"sum by (severity) ({FIGURES.firing})", "{{severity}}")],
                NUMBER,
                stacked=True,
            ),
        ),
    )


def _budgets() -> Row:
    return Row(
        9,
        (
            course(
                "Least budget left",
                [Query(f"bottomk(10, {FIGURES.left})", NAME)],
                BUDGET,
                "The ten objectives with the least.",
                line_at=True,
            ),
            course(
                "Fastest burn over 1 h",
                [Query(f"topk(10, {FIGURES.burn('1h')})", NAME)],
                BURN,
                "The ten fastest. At 1 the budget lasts exactly one window.",
                line_at=True,
            ),
        ),
    )


def _traffic() -> Row:
    bad = FIGURES.rate("bad")
    return Row(
        9,
        (
            course(
                "Events by service",
                [Query(f"sum by (service) ({FIGURES.rate()})", "{{service}}")],
                RATE,
                "An event is counted once for each objective that it concerns.",
            ),
            course(
                "Bad events by service", [Query(f"sum by (service) ({bad})", "{{service}}")], RATE
            ),
            course(
                "Completeness by topic",
                [Query(f"max by (topic) ({BEHIND})", "{{topic}}")],
                LAG,
                "How long ago the moment is up to which everything is counted.",
            ),
        ),
    )

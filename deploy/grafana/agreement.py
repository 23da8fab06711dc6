"""One agreement between teams: what is promised in it, and how each promise stands."""

from deploy.grafana.dashboard import Row, dashboard, label_variable
from deploy.grafana.panel import (
    BAD_IF_ANY,
    BUDGET,
    BURN,
    RATE,
    SHARE,
    Column,
    Json,
    Query,
    Scale,
    course,
    stat,
    table,
    timeline,
)

UID = "leeway-agreement"
LABELS = ("objective", "slo", "service", "group")
BY = f"by ({', '.join(LABELS)})"
WHERE = 'agreement="$agreement"'
TARGET = f"leeway_objective_ratio{{{WHERE}}}"
SO_FAR = f"leeway_error_budget_remaining_ratio{{{WHERE}}}"
# A calendar period is judged by the budget of the whole period, a rolling window by its own.
LEFT = f"(leeway_whole_period_budget_remaining_ratio{{{WHERE}}} or {SO_FAR})"
SLI = f"1 - (1 - {SO_FAR}) * (1 - {TARGET})"
NAME = "{{objective}} {{group}}"
LINK = (
    "/d/leeway-objective?var-slo=${__data.fields.slo}&${datasource:queryparam}&${__url_time_range}"
)


def agreement() -> Json:
    """Return the dashboard."""
    return dashboard(
        UID,
        "Leeway / Agreement",
        "What one team promised another, over the windows that they agreed on.",
        variables=[
            label_variable(
                "agreement", 'leeway_objective_ratio{agreement!=""}', "agreement", title="Agreement"
            )
        ],
        span="now-7d",
        rows=[_standing(), _promises(), *_courses()],
    )


def _standing() -> Row:
    return Row(
        4,
        (
            stat("Promises", Query(f"count({TARGET})"), Scale(decimals=0)),
            stat(
                "Broken",
                Query(f"count({LEFT} < 0) or vector(0)"),
                BAD_IF_ANY,
                "Promises whose budget for the period or window is spent.",
            ),
            stat("Least budget left", Query(f"min({LEFT})"), BUDGET),
            stat("Fastest burn over 1 h", Query(f"max({_burn('1h')})"), BURN),
        ),
    )


def _promises() -> Row:
    columns = [
        Column("Promised", f"max {BY} ({TARGET})", SHARE),
        Column("Reached so far", f"min {BY} ({SLI})", SHARE),
        Column("Budget left", f"min {BY} ({LEFT})", BUDGET),
        Column("Burn 1 h", f"max {BY} ({_burn('1h')})", BURN),
        Column("Burn 1 d", f"max {BY} ({_burn('1d')})", BURN),
        Column("Events", f"sum {BY} ({_rate('')})", RATE),
    ]
    about = "A promise counts what its SLO counts, with a target and a window of its own."
    return Row(8, (table("Promises", LABELS, columns, about, ("slo", LINK)),))


def _courses() -> list[Row]:
    states = {1: ("kept", "green"), 0: ("broken", "red")}
    return [
        Row(
            7,
            (
                timeline("Kept", Query(f"{LEFT} >= bool 0", NAME), states),
                course("Budget left", [Query(LEFT, NAME)], BUDGET, line_at=True),
            ),
        ),
        Row(
            9,
            (
                course("Reached so far", [Query(SLI, NAME)], SHARE),
                course("Burn over 1 h", [Query(_burn("1h"), NAME)], BURN, line_at=True),
                course("Bad events", [Query(_rate(',outcome="bad"'), NAME)], RATE),
            ),
        ),
    ]


def _burn(window: str) -> str:
    return f'leeway_burn_rate{{{WHERE},window="{window}"}}'


def _rate(outcome: str) -> str:
    return f"rate(leeway_events_total{{{WHERE}{outcome}}}[$__rate_interval])"

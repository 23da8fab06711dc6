"""One agreement between teams: what is promised in it, and how each promise stands."""

from deploy.grafana.dashboard import Row, dashboard, label_variable
from deploy.grafana.figure import Figures
from deploy.grafana.panel import (
    BAD_IF_ANY,
    BUDGET,
    BURN,
    NUMBER,
    RATE,
    SHARE,
    Column,
    Json,
    Query,
    course,
    stat,
    table,
    timeline,
)

UID = "leeway-agreement"
LABELS = ("objective", "slo", "service", "group")
BY = f"by ({', '.join(LABELS)})"
FIGURES = Figures('agreement="$agreement"')
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
            stat("Promises", Query(f"count({FIGURES.target})"), NUMBER),
            stat(
                "Broken",
                Query(f"count({FIGURES.left} < 0) or vector(0)"),
                BAD_IF_ANY,
                "Promises whose budget for the period or window is spent.",
            ),
            stat("Least budget left", Query(f"min({FIGURES.left})"), BUDGET),
            stat("Fastest burn over 1 h", Query(f"max({FIGURES.burn('1h')})"), BURN),
        ),
    )


def _promises() -> Row:
    columns = [
        Column("Promised", f"max {BY} ({FIGURES.target})", SHARE),
        Column("Reached so far", f"min {BY} ({FIGURES.sli})", SHARE),
        Column("Budget left", f"min {BY} ({FIGURES.left})", BUDGET),
        Column("Burn 1 h", f"max {BY} ({FIGURES.burn('1h')})", BURN),
        Column("Burn 1 d", f"max {BY} ({FIGURES.burn('1d')})", BURN),
        Column("Events", f"sum {BY} ({FIGURES.rate()})", RATE),
    ]
    about = "A promise counts what its SLO counts, with a target and a window of its own."
    return Row(8, (table("Promises", LABELS, columns, about, ("slo", LINK)),))


def _courses() -> list[Row]:
    states = {1: ("kept", "green"), 0: ("broken", "red")}
    return [
        Row(
            7,
            (
                timeline("Kept", Query(f"{FIGURES.left} >= bool 0", NAME), states),
                course("Budget left", [Query(FIGURES.left, NAME)], BUDGET, line_at=True),
            ),
        ),
        Row(
            9,
            (
                course("Reached so far", [Query(FIGURES.sli, NAME)], SHARE),
                course("Burn over 1 h", [Query(FIGURES.burn("1h"), NAME)], BURN, line_at=True),
                course("Bad events", [Query(FIGURES.rate("bad"), NAME)], RATE),
            ),
        ),
    ]

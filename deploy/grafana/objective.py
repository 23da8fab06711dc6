"""One objective: its indicator, how fast its budget is spent, what is left, what was counted."""

from deploy.grafana.dashboard import Row, dashboard, label_variable
from deploy.grafana.figure import Figures
from deploy.grafana.panel import (
    BUDGET,
    BURN,
    GREY,
    RATE,
    SHARE,
    Json,
    Query,
    Scale,
    course,
    stat,
    timeline,
)

UID = "leeway-objective"
FIGURES = Figures('slo="$slo",objective="$objective",group=~"$group",agreement=""')
RATIO = Scale("percentunit", 4, ((None, GREY),), None, 1)
AT_ONE = "At 1 the budget lasts exactly one window."


def objective() -> Json:
    """Return the dashboard."""
    return dashboard(
        UID,
        "Leeway / Objective",
        "One objective over time; for grouped ones, each group.",
        variables=_variables(),
        span="now-24h",
        rows=[_at_a_glance(), _budget(), _alerts(), _spending()],
    )


def _variables() -> list[Json]:
    of_any = 'agreement=""'
    of_slo = f'slo="$slo",{of_any}'
    of_objective = f'objective="$objective",{of_slo}'
    metric = "leeway_objective_ratio"
    return [
        label_variable("slo", f"{metric}{{{of_any}}}", "slo", title="SLO"),
        label_variable("objective", f"{metric}{{{of_slo}}}", "objective", title="Objective"),
        label_variable(
            "group", f"{metric}{{{of_objective}}}", "group", title="Group", several=True
        ),
    ]


def _at_a_glance() -> Row:
    every = f"sum({FIGURES.rate()})"
    return Row(
        4,
        (
            stat("Target", Query(f"max({FIGURES.target})"), SHARE),
            stat(
                "SLI over the window",
                Query(f"min({FIGURES.sli})"),
                SHARE,
                "Of the worst group, where there are several.",
            ),
            stat("Budget left", Query(f"min({FIGURES.left})"), BUDGET),
            stat(
                "Burn over 1 h",
                Query(f"max({FIGURES.burn('1h')})"),
                BURN,
                AT_ONE,
            ),
            stat("Events", Query(every), RATE),
            stat(
                "Bad events",
                Query(f"{_events('bad')} / ({every} > 0) or vector(0)"),
                SHARE,
                "Their share of what was counted last.",
            ),
        ),
    )


def _budget() -> Row:
    return Row(
        9,
        (
            course(
                "Indicator",
                [
                    Query(FIGURES.sli, "over the window {{group}}"),
                    Query(FIGURES.of("leeway_sli_ratio", 'window="1h"'), "over 1 h {{group}}"),
                    Query(f"max({FIGURES.target})", "target"),
                ],
                RATIO,
            ),
            course(
                "Budget left",
                [Query(FIGURES.left, "left {{group}}")],
                BUDGET,
                "Falls as bad events come in, and rises as old ones leave the window.",
                line_at=True,
            ),
        ),
    )


def _alerts() -> Row:
    name = "{{policy}} / {{condition}} ({{severity}}) {{group}}"
    states = {1: ("firing", "red"), 0: ("quiet", "green")}
    return Row(7, (timeline("Alerts", Query(FIGURES.firing, name), states),))


def _spending() -> Row:
    return Row(
        9,
        (
            course(
                "Burn rate by window",
                [Query(f"max by (window) ({FIGURES.of('leeway_burn_rate')})", "{{window}}")],
                BURN,
                f"Of the worst group. {AT_ONE}",
                line_at=True,
            ),
            course(
                "Traffic",
                [Query(_events("good"), "good"), Query(_events("bad"), "bad")],
                RATE,
                stacked=True,
            ),
        ),
    )


def _events(outcome: str) -> str:
    return f"sum({FIGURES.rate(outcome)})"

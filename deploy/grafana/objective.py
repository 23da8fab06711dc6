"""One objective: its indicator, how fast its budget is spent, what is left, what was counted."""

from deploy.grafana.dashboard import Row, dashboard, label_variable
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
)

UID = "leeway-objective"
WHERE = 'slo="$slo",objective="$objective",group=~"$group",agreement=""'
TARGET = f"leeway_objective_ratio{{{WHERE}}}"
SO_FAR = f"leeway_error_budget_remaining_ratio{{{WHERE}}}"
# Over the objective's own window, whatever its length: remaining = 1 - (1 - SLI) / (1 - target).
SLI = f"1 - (1 - {SO_FAR}) * (1 - {TARGET})"
# A calendar period is judged by the budget of the whole period, a rolling window by its own.
LEFT = f"(leeway_whole_period_budget_remaining_ratio{{{WHERE}}} or {SO_FAR})"
RATIO = Scale("percentunit", 4, ((None, GREY),), None, 1)


def _events(outcome: str) -> str:
    return f'sum(rate(leeway_events_total{{{WHERE},outcome="{outcome}"}}[$__rate_interval]))'


def objective() -> Json:
    """Return the dashboard."""
    every = f"sum(rate(leeway_events_total{{{WHERE}}}[$__rate_interval]))"
    return dashboard(
        UID,
        "Leeway / Objective",
        "One objective over time; for grouped ones, each group.",
        variables=[
            label_variable("slo", 'leeway_objective_ratio{agreement=""}', "slo", title="SLO"),
            label_variable(
                "objective",
                'leeway_objective_ratio{slo="$slo",agreement=""}',
                "objective",
                title="Objective",
            ),
            label_variable(
                "group",
                'leeway_objective_ratio{slo="$slo",objective="$objective",agreement=""}',
                "group",
                title="Group",
                several=True,
            ),
        ],
        span="now-24h",
        rows=[
            Row(
                4,
                (
                    stat("Target", Query(f"max({TARGET})"), SHARE),
                    stat(
                        "SLI over the window",
                        Query(f"min({SLI})"),
                        SHARE,
                        "Of the worst group, where there are several.",
                    ),
                    stat("Budget left", Query(f"min({LEFT})"), BUDGET),
                    stat(
                        "Burn over 1 h",
                        Query(f'max(leeway_burn_rate{{{WHERE},window="1h"}})'),
                        BURN,
                        "At 1 the budget lasts exactly one window.",
                    ),
                    stat("Events", Query(every), RATE),
                    stat(
                        "Bad events",
                        Query(f"{_events('bad')} / ({every} > 0) or vector(0)"),
                        SHARE,
                        "Their share of what was counted last.",
                    ),
                ),
            ),
            Row(
                9,
                (
                    course(
                        "Indicator",
                        [
                            Query(f"{SLI}", "over the window {{group}}"),
                            Query(f'leeway_sli_ratio{{{WHERE},window="1h"}}', "over 1 h {{group}}"),
                            Query(f"max({TARGET})", "target"),
                        ],
                        RATIO,
                    ),
                    course(
                        "Budget left",
                        [Query(LEFT, "left {{group}}")],
                        BUDGET,
                        "Falls as bad events come in, and rises as old ones leave the window.",
                        line_at=True,
                    ),
                ),
            ),
            Row(
                9,
                (
                    course(
                        "Burn rate by window",
                        [
                            Query(
                                f"max by (window) (leeway_burn_rate{{{WHERE}}})",
                                "{{window}}",
                            )
                        ],
                        BURN,
                        "Of the worst group. Alerts compare two windows with a threshold.",
                        line_at=True,
                    ),
                    course(
                        "Traffic",
                        [Query(_events("good"), "good"), Query(_events("bad"), "bad")],
                        RATE,
                        stacked=True,
                    ),
                ),
            ),
        ],
    )

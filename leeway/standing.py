"""The table of where promises stand."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from leeway.terminal import coloured, number, percent, plain, say, write_table

_COLUMNS: tuple[str, ...] = (
    *("slo", "objective", "state", "sli", "raw sli", "target", "window"),
    *("good", "total", "budget left", "whole period", "burn 1h"),
)
_WHOLE = _COLUMNS.index("whole period")
_RAW = _COLUMNS.index("raw sli")
_RIGHT = "sli,raw sli,target,good,total,budget left,whole period,burn 1h"


def show_standing(statuses: Sequence[dict[str, Any]], *, groups: bool) -> None:
    """Write a row for every objective, all parts of a composite together, and every group.

    Says why some have no figures.

    What is left of a whole period has a column where some window is one of the calendar.
    """
    columns, rows = _COLUMNS, [row for one in statuses for row in _rows(one, groups)]
    for column in (_WHOLE, _RAW):  # from the right, so that the others stay where they are
        if not any(row[column] for row in rows):
            columns, *rows = (row[:column] + row[column + 1 :] for row in (columns, *rows))
    write_table(columns, rows, right=_RIGHT)
    _say_versions(statuses)
    _say_reasons(statuses)


def _say_versions(statuses: Sequence[dict[str, Any]]) -> None:
    """Say where a target changed inside a window: the budget is what each version allowed."""
    for status in statuses:
        for objective in status["objectives"]:
            *former, _ = objective.get("versions") or [None]
            for version in former:
                say(
                    f"{status['slo']} {objective['name']}: the target was"
                    f" {percent(version['target'])} until {version['to']}, which allows"
                    f" {version['allowed']:.1f} bad of {version['total']}"
                )


def _say_reasons(statuses: Sequence[dict[str, Any]]) -> None:
    slos: dict[str, list[str]] = defaultdict(list)
    for status in statuses:
        if status.get("reason"):
            slos[status["reason"]].append(status["slo"])
    for reason, names in slos.items():
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        say(f"{names[0]}{others}: {reason}")


def _rows(status: dict[str, Any], with_groups: bool) -> list[tuple[str, ...]]:
    rows = [_row(status["slo"], objective) for objective in status["objectives"]]
    if status.get("composite"):
        rows.append(_together(status["composite"]))
    for group in status["groups"] if with_groups else ():
        name = ", ".join(f"{key}={value}" for key, value in group["group"].items())
        rows += [_row(f"  {name}", objective) for objective in group["objectives"]]
    return rows


def _together(composite: dict[str, Any]) -> tuple[str, ...]:
    whole = composite["whole_period"]
    return (
        "  all parts",
        *("", "", percent(composite["sli"]), "", "", ""),
        number(composite["good"]),
        number(composite["total"]),
        percent(composite["remaining_ratio"], 1),
        percent(whole["remaining_ratio"], 1) if whole else "",
        number(composite["burn_rates"].get("1h")),
    )


def _row(first: str, objective: dict[str, Any]) -> tuple[str, ...]:
    whole = objective["error_budget"]["whole_period"]
    return (
        plain(first),
        plain(objective["name"]),
        coloured(objective["state"]),
        percent(objective["sli"]),
        percent(objective["raw"]["sli"]) if objective.get("raw") else "",
        percent(objective["target"]),
        plain(objective["window"]["duration"]),
        number(objective["good"]),
        number(objective["total"]),
        percent(objective["error_budget"]["remaining_ratio"], 1),
        percent(whole["remaining_ratio"], 1) if whole else "",
        number(objective["burn_rates"].get("1h")),
    )

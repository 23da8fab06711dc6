"""`leeway status`: where promises stand."""

import sys
import time
from collections import defaultdict
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console

from leeway.exit import ExitCode
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, Server, open_server
from leeway.terminal import (
    Output,
    coloured,
    number,
    percent,
    plain,
    say,
    write_data,
    write_table,
)
from shared.domain.budget import State

_WATCH_SECONDS = 2
_COLUMNS = (
    *("slo", "objective", "state", "sli", "target", "window"),
    *("good", "total", "budget left", "burn 1h"),
)
_RIGHT = "sli,target,good,total,budget left,burn 1h"


def status(
    slo: Annotated[str | None, typer.Argument(metavar="[SLO]", help="Only this SLO.")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Show it again every 2 seconds, until Ctrl-C.")
    ] = False,
    fail_on: Annotated[
        list[State] | None,
        typer.Option(help="Exit 1 when an SLO is in this state; may be given several times."),
    ] = None,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show state, SLI, budget left and burn rate of every objective, or of one SLO with its groups.

    For example:

      leeway status

      leeway status checkout-availability --watch

      leeway status --fail-on breached -o json > status.json
    """
    with open_server(server) as api:
        found = _read(api, slo)
        _show(found, output, one=slo is not None, watch=watch)
        with suppress(KeyboardInterrupt):
            while watch:
                time.sleep(_WATCH_SECONDS)
                found = _read(api, slo)
                _show(found, output, one=slo is not None, watch=watch)
    failing = [one["slo"] for one in found if one["state"] in (fail_on or ())]
    if failing:
        say(f"{', '.join(failing)}: {' or '.join(fail_on or ())}")
        raise typer.Exit(ExitCode.NO)


def _read(api: Server, slo: str | None) -> list[dict[str, Any]]:
    if slo is None:
        return list(api.items("/v1/slos"))
    return [api.get(f"/v1/slos/{quote(slo, safe='')}")]


def _show(found: list[dict[str, Any]], output: Output, *, one: bool, watch: bool) -> None:
    if output is not Output.TABLE:
        write_data(found[0] if one else {"items": found}, output, compact=watch)
        return
    if watch and sys.stdout.isatty():
        Console().clear()
    write_table(_COLUMNS, [row for status in found for row in _rows(status, one)], right=_RIGHT)
    _say_reasons(found)
    if not found:
        say("no SLO is defined: `leeway apply` defines some")


def _say_reasons(found: list[dict[str, Any]]) -> None:
    slos: dict[str, list[str]] = defaultdict(list)
    for status in found:
        if status.get("reason"):
            slos[status["reason"]].append(status["slo"])
    for reason, names in slos.items():
        others = f" and {len(names) - 1} more" if len(names) > 1 else ""
        say(f"{names[0]}{others}: {reason}")


def _rows(status: dict[str, Any], with_groups: bool) -> list[tuple[str, ...]]:
    rows = [_row(status["slo"], objective) for objective in status["objectives"]]
    for group in status["groups"] if with_groups else ():
        name = ", ".join(f"{key}={value}" for key, value in group["group"].items())
        rows += [_row(f"  {name}", objective) for objective in group["objectives"]]
    return rows


def _row(first: str, objective: dict[str, Any]) -> tuple[str, ...]:
    return (
        plain(first),
        plain(objective["name"]),
        coloured(objective["state"]),
        percent(objective["sli"]),
        percent(objective["target"]),
        plain(objective["window"]["duration"]),
        number(objective["good"]),
        number(objective["total"]),
        percent(objective["error_budget"]["remaining_ratio"], 1),
        number(objective["burn_rates"].get("1h")),
    )

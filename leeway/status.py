"""`leeway status`: where promises stand."""

import sys
import time
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console

from leeway.exit import ExitCode
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, Server, open_server
from leeway.standing import show_standing
from leeway.terminal import Output, say, write_data
from shared.domain.budget import State

_WATCH_SECONDS = 2


def status(
    slo: Annotated[str | None, typer.Argument(metavar="SLO", help="Only this SLO.")] = None,
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
    show_standing(found, groups=one)
    if not found:
        say("no SLO is defined: `leeway apply` defines some")

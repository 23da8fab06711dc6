"""`leeway get`: what the server knows, listed."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from leeway.agreements import agreements
from leeway.alerts import alerts
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, open_server
from leeway.stored import add_command, add_kinds, definitions
from leeway.terminal import Output, coloured, percent, plain, write_data, write_table
from shared.domain.budget import State

get = typer.Typer(name="get", no_args_is_help=True, help="List what the server knows.")
get.command()(definitions)
get.command()(alerts)


def slos(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this SLO.")] = None,
    service: Annotated[str | None, typer.Option(help="Only SLOs of this service.")] = None,
    team: Annotated[str | None, typer.Option(help="Only SLOs that this team owns.")] = None,
    state: Annotated[State | None, typer.Option(help="Only SLOs in this state.")] = None,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """List SLOs with their promises, or show one.

    For example:

      leeway get slos --service checkout

      leeway get slos --team payments-team --state breached

      leeway get slos checkout-availability -o yaml
    """
    with open_server(server) as api:
        if name is not None:
            found = [api.get(f"/v1/slos/{quote(name, safe='')}")]
        else:
            wanted = {"service": service, "team": team, "state": state}
            found = list(api.items("/v1/slos", wanted))
    if output is not Output.TABLE:
        write_data(found[0] if name is not None else {"items": found}, output)
        return
    columns = ("slo", "service", "owner", "objective", "target", "window", "state")
    write_table(columns, [row for status in found for row in _rows(status)], right="target")


add_command(get, "SLO", slos)
add_command(get, "Agreement", agreements)
add_kinds(get)


def _rows(status: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            plain(status["slo"]),
            plain(status["service"]),
            plain(status.get("owner")),
            plain(objective["name"]),
            percent(objective["target"]),
            plain(objective["window"]["duration"]),
            coloured(objective["state"]),
        )
        for objective in status["objectives"]
    ]

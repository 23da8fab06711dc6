"""`leeway acknowledge`: somebody takes care of an alert."""

from typing import Annotated
from urllib.parse import quote

import typer

from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, open_server
from leeway.terminal import Output, say, write_data


def acknowledge(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="Its id: see `leeway get alerts`.")],
    note: Annotated[str, typer.Option(help="What is being done about it.")] = "",
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who takes care of it, if not LEEWAY_USER.")
    ] = None,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """Say that somebody takes care of an alert; those who were told that it fires are told.

    For example:

      leeway acknowledge 5e884898da28047151d0e56f --note "rolling back"
    """
    with open_server(server) as api:
        path = f"/v1/alerts/{quote(alert, safe='')}/acknowledge"
        found = api.post_json(path, {"by": by, "note": note})
    if output is not Output.TABLE:
        write_data(found, output)
        return
    say(f"{alert} is acknowledged by {found['acknowledged']['by']}")

"""`leeway delete`: take definitions out of force."""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from leeway.definition import read_some, say_problems
from leeway.exit import CommandFailed, ExitCode
from leeway.kind import definition_of
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, Query, Server, open_server
from leeway.terminal import Output, say, write, write_data


def delete(
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help="Such as slo.")] = None,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Its metadata.name.")] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option("--filename", "-f", metavar="PATH", help="Delete what these files define."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")
    ] = False,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """Delete one definition, or all that files define: as one revision, or none.

    What others refer to stays, unless they go with it. Counts of a deleted SLO are dropped after
    7 days; its definition stays readable in `leeway history`.

    For example:

      leeway delete slo checkout-availability

      leeway delete -f slos/old --dry-run
    """
    query: Query = {"dry_run": True} if dry_run else {}
    chosen = definition_of(kind, name)
    if files and kind is None:
        body = _documents(files)
        with open_server(server) as api:
            answer = api.post("/v1/definitions/delete", body, "application/json", query)
    elif chosen and not files:
        with open_server(server) as api:
            answer = _delete_one(api, *chosen, query)
    else:
        raise CommandFailed("name one definition by KIND NAME, or files by -f", ExitCode.USAGE)
    if output is not Output.TABLE:
        write_data(answer, output)
        return
    for gone in answer["deleted"]:
        write(f"{gone} deleted{' (dry run)' if dry_run else ''}")
    for warning in answer["warnings"]:
        say(f"warning: {warning['file']}: {warning['path']}: {warning['message']}")
    say(f"revision {answer['revision']}")


def _documents(files: list[Path]) -> bytes:
    reading = read_some(files)
    if reading.problems:
        say_problems(reading.problems)
        raise CommandFailed("nothing was deleted", ExitCode.NO)
    return json.dumps([document.body for document in reading.documents]).encode()


def _delete_one(api: Server, kind: str, name: str, query: Query) -> Any:
    return api.delete(f"/v1/definitions/{kind}/{quote(name, safe='')}", query)

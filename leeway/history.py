"""`leeway history`: who changed what, and when."""

from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote

import typer

from leeway.difference import Body, difference, differences, painted
from leeway.exit import CommandFailed, ExitCode
from leeway.kind import definition_of
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, Server, open_server
from leeway.terminal import (
    Output,
    plain,
    say,
    second,
    write,
    write_data,
    write_line,
    write_table,
)

_COLUMNS = ("revision", "at", "author", "verified", "action", "definition", "note")

Change = dict[str, Any]


def history(
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help="Such as slo.")] = None,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Its metadata.name.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show what each change did.")] = False,
    between: Annotated[
        tuple[int, int] | None,
        typer.Option(metavar="A B", help="Show how KIND NAME differs at two revisions."),
    ] = None,
    author: Annotated[str | None, typer.Option(help="Only changes of this author.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many changes.")] = 50,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """List the changes of all definitions, or of one, the latest first.

    For example:

      leeway history

      leeway history slo checkout-availability --diff

      leeway history slo checkout-availability --between 3 7
    """
    chosen = definition_of(kind, name)
    if chosen is None and (kind or name or between):
        raise CommandFailed("name one definition by KIND NAME, or none", ExitCode.USAGE)
    with open_server(server) as api:
        if between and chosen:
            _show_between(_all_of(api, *chosen), between)
            return
        changes = list(islice(_changes(api, chosen or (None, None), author), limit))
        if chosen and not changes:
            raise CommandFailed(f"nothing is known of {'/'.join(chosen)}", ExitCode.NO)
    if output is not Output.TABLE:
        write_data({"items": changes}, output)
    elif diff:
        for change in changes:
            write(f"revision {change['revision']}, {change['at']}, {change['author']}")
            for line in differences([change]):
                write_line(painted(line))
    else:
        write_table(_COLUMNS, [_row(change) for change in changes], right="revision")


def _changes(
    api: Server, definition: tuple[str, str] | tuple[None, None], author: str | None
) -> Any:
    kind, name = definition
    return api.items("/v1/audit", {"kind": kind, "name": name, "author": author})


def _all_of(api: Server, kind: str, name: str) -> list[Change]:
    """Return every change of one definition, the first one first."""
    return list(api.items(f"/v1/definitions/{kind}/{quote(name, safe='')}/history"))


def _show_between(changes: list[Change], between: tuple[int, int]) -> None:
    name = f"{changes[0]['kind']}/{changes[0]['name']}"
    lines = difference(name, *(_as_at(changes, revision) for revision in between))
    for line in lines:
        write_line(painted(line))
    if not lines:
        say(f"{name} is the same at revisions {between[0]} and {between[1]}")


def _as_at(changes: list[Change], revision: int) -> Body | None:
    """Return a definition as it was at a revision, None when it was not there."""
    upto = [change["after"] for change in changes if change["revision"] <= revision]
    return upto[-1] if upto else None


def _row(change: Change) -> tuple[str, ...]:
    return (
        plain(change["revision"]),
        plain(second(change["at"])),
        plain(change["author"]),
        "yes" if change["verified"] else "no",
        plain(change["action"]),
        plain(f"{change['kind']}/{change['name']}"),
        plain(change["note"]),
    )

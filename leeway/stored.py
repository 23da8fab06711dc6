"""`leeway get KIND`: definitions as the server has them, a command for each kind."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import typer

from leeway.kind import plural
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, open_server
from leeway.terminal import Output, plain, write_data, write_table
from shared.definitions.kind import KINDS

_THEMSELVES = ("SLO", "Agreement")
_COLUMNS = ("kind", "name", "display name", "labels")

NameArgument = Annotated[
    str | None, typer.Argument(metavar="NAME", help="Only the one of this name.")
]


def add_kinds(group: typer.Typer) -> None:
    """Add a command for each kind, called as in a definition or in the plural.

    Those in `_THEMSELVES` have one of their own, which tells where they stand.
    """
    for kind in KINDS:
        if kind not in _THEMSELVES:
            add_command(group, kind, _listing(kind))


def add_command(group: typer.Typer, kind: str, command: Callable[..., None]) -> None:
    """Add the command of a kind under every name of it; the help shows the plural alone."""
    for name in dict.fromkeys((plural(kind), kind.lower(), kind)):
        group.command(name, hidden=name != plural(kind))(command)


def definitions(
    name: NameArgument = None,
    kind: Annotated[str | None, typer.Option(help="Only those of this kind.")] = None,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """List definitions of every kind, SLOs included, as they were applied."""
    with open_server(server) as api:
        found = [
            item
            for item in api.items("/v1/definitions", {"kind": kind})
            if name in (None, item["name"])
        ]
    _show(found, output)


def _listing(kind: str) -> Callable[..., None]:
    def list_kind(
        name: NameArgument = None,
        server: ServerOption = DEFAULT_SERVER,
        output: OutputOption = Output.TABLE,
    ) -> None:
        with open_server(server) as api:
            if name is None:
                _show(list(api.items("/v1/definitions", {"kind": kind})), output)
                return
            found = api.get(f"/v1/definitions/{kind}/{quote(name, safe='')}")
        if output is Output.TABLE:
            _show([found], output)
        else:
            write_data(found["body"], output)

    list_kind.__doc__ = f"List definitions of kind {kind}; one by NAME -o yaml as it was applied."
    return list_kind


def _show(found: list[dict[str, Any]], output: Output) -> None:
    if output is not Output.TABLE:
        write_data({"items": found}, output)
        return
    write_table(_COLUMNS, [_row(item) for item in found])


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    metadata = item["body"].get("metadata") or {}
    labels = metadata.get("labels") or {}
    written = ",".join(
        f"{key}={'|'.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in labels.items()
    )
    return (
        plain(item["kind"]),
        plain(item["name"]),
        plain(metadata.get("displayName")),
        plain(written or None),
    )

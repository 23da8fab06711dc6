"""`leeway export`: everything that is defined, as files that can be applied again."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from leeway.exit import CommandFailed, ExitCode
from leeway.option import ServerOption
from leeway.server import DEFAULT_SERVER, Server, open_server
from leeway.terminal import counted, say, write, yaml_text

_LONGEST = 200  # of a file name: file systems end at 255 bytes

Item = dict[str, Any]


def export(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Where to; stdout when left out.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write into a folder that holds files already.")
    ] = False,
    server: ServerOption = DEFAULT_SERVER,
) -> None:
    """Write every definition as YAML, one file each, or all of them to stdout.

    Applying what was exported changes nothing.

    For example:

      leeway export backup/ && leeway diff backup/

      leeway export > all.yaml
    """
    with open_server(server) as api:
        revision, items = defined(api)
    if folder is None:
        write("".join(yaml_text(item["body"], explicit_start=True) for item in items).rstrip("\n"))
    else:
        _write(folder, items, overwrite=overwrite)
    say(f"{counted(len(items), 'definition')} of revision {revision}")


def defined(api: Server) -> tuple[int, list[Item]]:
    """Return all definitions of one revision, and which one that is."""
    while True:
        before = api.get("/v1/definitions", {"limit": 1})["revision"]
        items = list(api.items("/v1/definitions"))
        if api.get("/v1/definitions", {"limit": 1})["revision"] == before:
            return before, items


def file_name(name: str) -> str:
    """Return the file name of a definition: what no file name may hold is escaped."""
    safe = quote(name, safe="")
    if len(safe) > _LONGEST:
        safe = f"{safe[:_LONGEST]}-{sha256(name.encode()).hexdigest()[:8]}"
    return f"{safe}.yaml"


def _write(folder: Path, items: list[Item], *, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise CommandFailed(f"{folder} is no folder", ExitCode.USAGE)
    there = set(folder.rglob("*.yaml")) if folder.is_dir() else set()
    if there and not overwrite:
        raise CommandFailed(
            f"{folder} holds definitions already: name an empty folder, or add --overwrite",
            ExitCode.USAGE,
        )
    files = {folder / item["kind"] / file_name(item["name"]): item["body"] for item in items}
    for file, body in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml_text(body), encoding="utf-8")
    for stale in sorted(there - files.keys()):
        say(f"{stale} was there before and is not defined any more: remove it, or apply it again")

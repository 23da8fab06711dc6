"""`leeway up`: all of Leeway on one machine, with nothing installed but Python packages."""

import asyncio
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from leeway.stack.plan import Plan

DEMO_DEFINITIONS = "definitions"


def up(
    data: Annotated[
        Path, typer.Option(help="The folder that keeps counts and definitions.")
    ] = Path(".leeway"),
    port: Annotated[int, typer.Option(help="Of the api.", min=1, max=65_535)] = 8080,
    definitions: Annotated[
        list[Path] | None, typer.Option(help="Apply these first; may be given several times.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Count into this database (postgresql+asyncpg://USER@HOST/NAME) instead of SQLite"
            " in the data folder; a password comes from PGPASSWORD.",
        ),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="A small shop: its definitions, and its events, live.")
    ] = False,
) -> None:
    """Run a Kafka broker, a database and the three services here, until Ctrl-C.

    The broker keeps events in memory only; counts and definitions stay in the data folder. Once
    everything counts, stdout says where to look: web, kafka and data, one line each. All logs go
    to stderr.

    For example:

      leeway up --demo

      leeway up --definitions slos/ --data /tmp/leeway 2> leeway.log

      leeway up --database postgresql+asyncpg://leeway@localhost/leeway
    """
    # Imported here: what the stack needs would double the time in which all other commands start.
    from leeway.stack.stack import run_stack

    paths = list(definitions or ())
    if demo:
        paths.append(Path(str(files("examples.shop") / DEMO_DEFINITIONS)))
    asyncio.run(run_stack(Plan(data, port, tuple(paths), demo, database)))

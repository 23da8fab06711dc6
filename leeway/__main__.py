"""The `leeway` command: all command groups, and how every one of them ends."""

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from leeway.exit import CommandFailed, ExitCode
from leeway.lazy import LazyCommands
from leeway.pipe import open_stdout
from leeway.terminal import say, write
from shared.domain.errors import (
    BrokerUnavailable,
    InvalidDatabaseURL,
    LeewayError,
    StoreUnavailable,
)
from shared.settings import unknown_variables

DISTRIBUTION = "leeway-sla"

app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Measures the promises teams make to each other, from events on Kafka.",
)


def _show_version(asked: bool) -> None:
    if asked:
        write(f"leeway {version(DISTRIBUTION)}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    complaints = unknown_variables(os.environ)
    if complaints:
        raise CommandFailed("\n".join(complaints), ExitCode.USAGE)


def main() -> None:
    """Run the command line; every error that a user can cause ends as a message and a code."""
    open_stdout()
    try:
        app()
    except CommandFailed as failure:
        _fail(failure, failure.code)
    except (BrokerUnavailable, StoreUnavailable) as failure:
        _fail(failure, ExitCode.UNREACHABLE)
    except InvalidDatabaseURL as failure:
        _fail(failure, ExitCode.USAGE)
    except LeewayError as failure:
        _fail(failure, ExitCode.NO)


def _fail(failure: LeewayError, code: ExitCode) -> None:
    say(f"leeway: {failure}")
    sys.exit(code)


if __name__ == "__main__":
    main()

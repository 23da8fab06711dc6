"""The `leeway` command: all command groups, and how every one of them ends."""

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from leeway.agreement import agreement
from leeway.apply import apply
from leeway.db import db
from leeway.delete import delete
from leeway.diff import diff
from leeway.exit import CommandFailed, ExitCode
from leeway.explain import explain
from leeway.export import export
from leeway.fmt import fmt
from leeway.get import get
from leeway.history import history
from leeway.notify import notify
from leeway.schema import schema
from leeway.send import send
from leeway.silence import silence
from leeway.status import status
from leeway.terminal import say, write
from leeway.token import token
from leeway.topics import topics
from leeway.try_ import try_
from leeway.up import up
from leeway.validate import validate
from shared.domain.errors import BrokerUnavailable, LeewayError, StoreUnavailable
from shared.settings import unknown_variables

DISTRIBUTION = "leeway-sla"

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Measures the promises teams make to each other, from events on Kafka.",
)
COMMANDS = (
    validate,
    fmt,
    explain,
    schema,
    diff,
    apply,
    delete,
    history,
    export,
    status,
    send,
    up,
)
for command in COMMANDS:
    app.command()(command)
app.command("try")(try_)
for group in (get, agreement, silence, notify, topics, db, token):
    app.add_typer(group, name=group.info.name)


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
    try:
        app()
    except CommandFailed as failure:
        _fail(failure, failure.code)
    except (BrokerUnavailable, StoreUnavailable) as failure:
        _fail(failure, ExitCode.UNREACHABLE)
    except LeewayError as failure:
        _fail(failure, ExitCode.NO)
    except BrokenPipeError:  # the reader of our pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.DONE)


def _fail(failure: LeewayError, code: ExitCode) -> None:
    say(f"leeway: {failure}")
    sys.exit(code)


if __name__ == "__main__":
    main()

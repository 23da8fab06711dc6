"""The options that several commands share."""

from typing import Annotated

import typer

from leeway.terminal import Output

ServerOption = Annotated[
    str,
    typer.Option(
        "--server",
        envvar="LEEWAY_SERVER",
        metavar="URL",
        help="The api to talk to.",
    ),
]
OutputOption = Annotated[
    Output, typer.Option("--output", "-o", help="The form of the data on stdout.")
]

"""`leeway diff`: what applying files would change."""

import typer

from leeway.apply import (
    PathsArgument,
    PruneOption,
    Request,
    SelectorOption,
    apply_documents,
    checked_documents,
    chosen_labels,
)
from leeway.difference import differences, painted
from leeway.exit import ExitCode
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, open_server
from leeway.terminal import Output, say, write_data, write_line


def diff(
    paths: PathsArgument,
    prune: PruneOption = False,
    selector: SelectorOption = None,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show the difference between files and what the server has, and change nothing.

    Exits 1 when there is any, 0 when applying would change nothing.

    For example:

      leeway diff slos/

      leeway diff slos/ --prune -l team=payments

      leeway diff - < generated.yaml > /dev/null || echo something is different
    """
    chosen = chosen_labels(selector, prune=prune)
    with open_server(server) as api:
        request = Request(checked_documents(api, paths), chosen, dry_run=True)
        preview = apply_documents(api, request)
    if output is Output.TABLE:
        for line in differences(preview["changes"]):
            write_line(painted(line))
    else:
        write_data({"revision": preview["revision"], "changes": preview["changes"]}, output)
    for name in preview["recounted"]:
        say(f"{name}: what it counts changes, so its counters would start anew")
    if preview["changes"]:
        raise typer.Exit(ExitCode.NO)

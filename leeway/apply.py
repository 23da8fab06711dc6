"""`leeway apply`: hand definitions to a server, and wait until events are counted by them."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from leeway.definition import read, say_problems
from leeway.exit import CommandFailed, ExitCode
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, Refused, Server, open_server
from leeway.terminal import Output, counted, say, write, write_data
from shared.definitions.check import check
from shared.definitions.document import Document, document_of
from shared.domain.errors import Problem

_REPORT_SECONDS = 15
_POLL_SECONDS = 0.25


def apply(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, folders, or - for stdin.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """Apply definitions: all of them, or none.

    Returns when every topic is being counted by the new revision, or after 15 seconds.

    For example:

      leeway apply slos/ --dry-run

      leeway apply examples/web && leeway status
    """
    with open_server(server) as api:
        answer = apply_documents(api, checked_documents(api, paths), dry_run=dry_run)
        _show(answer, output, dry_run=dry_run)
        if not dry_run:
            _await_report(api, answer["revision"])


def checked_documents(api: Server, paths: Sequence[Path]) -> list[Document]:
    """Return the documents of these files; says what is wrong with them and raises if anything is.

    References may lead to definitions that the server has.
    """
    reading = read(paths)
    known = [document_of(item["body"]) for item in api.items("/v1/definitions")]
    checked = check(reading.documents, known=known)
    say_problems(checked.warnings, warning=True)
    errors = [*reading.problems, *checked.errors]
    if errors:
        say_problems(errors)
        raise CommandFailed(counted(len(errors), "error") + ": nothing was applied", ExitCode.NO)
    return reading.documents


def apply_documents(api: Server, documents: Sequence[Document], *, dry_run: bool) -> Any:
    """Send the documents; return what the server says they changed."""
    body = json.dumps([document.body for document in documents]).encode()
    try:
        return api.post(
            "/v1/definitions", body, "application/json", {"dry_run": dry_run} if dry_run else {}
        )
    except Refused as refused:
        for error in refused.problem.get("errors") or ():
            say_problems([Problem(error.get("message", ""), error.get("path", ""))])
        raise


def reported_revision(api: Server) -> int:
    """Return the revision by which every topic is being counted; -1 before any is."""
    reported = api.get("/v1/definitions", {"limit": 1})["reported_revision"]
    return -1 if reported is None else int(reported)


def _await_report(api: Server, revision: int) -> None:
    deadline = time.monotonic() + _REPORT_SECONDS
    while reported_revision(api) < revision:
        if time.monotonic() > deadline:
            say(
                f"revision {revision} is stored, but ingest has not reported it within "
                f"{_REPORT_SECONDS} s: is it running, and do all the topics exist?"
            )
            return
        time.sleep(_POLL_SECONDS)
    say(f"events are counted by revision {revision}")


def _show(answer: dict[str, Any], output: Output, *, dry_run: bool) -> None:
    if output is not Output.TABLE:
        write_data(answer, output)
        return
    for what in ("created", "changed", "deleted"):
        for name in answer[what]:
            write(f"{name} {what}{' (dry run)' if dry_run else ''}")
    say(f"revision {answer['revision']}, {len(answer['unchanged'])} unchanged")

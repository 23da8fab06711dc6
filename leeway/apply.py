"""`leeway apply`: hand definitions to a server, and wait until events are counted by them."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from leeway.definition import read_some, say_problems, today
from leeway.difference import differences, painted
from leeway.exit import CommandFailed, ExitCode
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, Refused, Server, open_server
from leeway.terminal import Output, counted, say, say_line, write, write_data
from shared.definitions.check import check
from shared.definitions.document import Document, document_of
from shared.domain.errors import Problem

_REPORT_SECONDS = 15
_POLL_SECONDS = 0.25
_ATTEMPTS = 5
_CONFLICT = 409

PathsArgument = Annotated[
    list[Path], typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")
]
PruneOption = Annotated[
    bool, typer.Option("--prune", help="Delete what -l chooses and PATH does not hold.")
]
SelectorOption = Annotated[
    str | None,
    typer.Option("--selector", "-l", metavar="KEY=VALUE,...", help="Which labels --prune goes by."),
]
RevisionOption = Annotated[
    int | None,
    typer.Option(min=0, help="Change nothing unless this revision is in force.", metavar="N"),
]


@dataclass(frozen=True, slots=True)
class Request:
    """What the server is asked to make of some documents."""

    documents: Sequence[Document]
    selector: str | None = None  # of the labels to prune by
    base_revision: int | None = None
    dry_run: bool = False


def apply(
    paths: PathsArgument,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    prune: PruneOption = False,
    selector: SelectorOption = None,
    revision: RevisionOption = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Apply again when others change something meanwhile.")
    ] = False,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """Apply definitions: all of them as one revision, or none.

    Says first, on stderr, what changes. When somebody else changes definitions between that and
    the change itself, nothing is applied and the message says who did what; --retry compares and
    applies again. Returns when every topic is being counted by the new revision, or after 15
    seconds.

    For example:

      leeway apply slos/ --dry-run

      leeway apply examples/web && leeway status

      leeway apply slos/ --prune -l team=payments
    """
    chosen = chosen_labels(selector, prune=prune)
    with open_server(server) as api:
        request = Request(checked_documents(api, paths), chosen, revision)
        preview = apply_documents(api, replace(request, dry_run=True))
        _announce(preview)
        if dry_run:
            _show(preview, output, dry_run=True)
            return
        answer = make_change(api, request, preview, retry=retry)
        _show(answer, output, dry_run=False)
        _await_report(api, answer["revision"])


def chosen_labels(selector: str | None, *, prune: bool) -> str | None:
    """Return the labels to prune by, None when nothing is pruned; raises CommandFailed."""
    if prune and not selector:
        raise CommandFailed(
            "--prune needs -l key=value: it deletes everything with these labels that is not "
            "among the files",
            ExitCode.USAGE,
        )
    if selector and not prune:
        raise CommandFailed("-l goes with --prune", ExitCode.USAGE)
    return selector


def checked_documents(api: Server, paths: Sequence[Path]) -> list[Document]:
    """Return the documents of these files; says what is wrong with them and raises if anything is.

    References may lead to definitions that the server has; agreements that are over do not count.
    """
    reading = read_some(paths)
    stored = api.items("/v1/definitions")
    known = [document_of(item["body"]) for item in stored if not item.get("over")]
    checked = check(reading.documents, known=known, today=today())
    say_problems(checked.warnings, warning=True)
    errors = [*reading.problems, *checked.errors]
    if errors:
        say_problems(errors)
        raise CommandFailed(counted(len(errors), "error") + ": nothing was applied", ExitCode.NO)
    return reading.documents


def apply_documents(api: Server, request: Request) -> Any:
    """Send the documents; return what the server says they changed."""
    body = json.dumps([document.body for document in request.documents]).encode()
    query = {
        "dry_run": request.dry_run or None,
        "base_revision": request.base_revision,
        "prune": request.selector,
    }
    try:
        return api.post("/v1/definitions", body, "application/json", query)
    except Refused as refused:
        if refused.status != _CONFLICT:
            for error in refused.problem.get("errors") or ():
                say_problems([Problem(error.get("message", ""), error.get("path", ""))])
        raise


def make_change(api: Server, request: Request, preview: Any, *, retry: bool) -> Any:
    """Make the change that was previewed; with `retry` another one when others were faster."""
    for attempt in range(_ATTEMPTS):
        if not preview["changes"]:
            return preview
        try:
            return apply_documents(api, replace(request, base_revision=preview["revision"]))
        except Refused as refused:
            if refused.status != _CONFLICT or attempt + 1 == _ATTEMPTS or not retry:
                raise
            say(f"leeway: {refused}")
            preview = apply_documents(api, replace(request, dry_run=True))
            _announce(preview)
    return preview


def reported_revision(api: Server) -> int:
    """Return the revision by which every topic is being counted; -1 before any is."""
    reported = api.get("/v1/definitions", {"limit": 1})["reported_revision"]
    return -1 if reported is None else int(reported)


def _announce(preview: Any) -> None:
    """Say what a change is going to do; of what is new the name is enough."""
    for line in differences(one for one in preview["changes"] if one["action"] != "created"):
        say_line(painted(line))
    for name in preview["recounted"]:
        say(f"{name}: what it counts changes, so its counters start anew")


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

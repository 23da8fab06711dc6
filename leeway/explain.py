"""`leeway explain`: what an SLO counts, allows and alerts on, in words and numbers."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer

from leeway.definition import read_some, say_problems
from leeway.exit import CommandFailed
from leeway.explaining.data import as_data
from leeway.explaining.explanation import Explanation, Traffic, explain_slo
from leeway.explaining.text import lines_of
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, Refused, Server, open_server
from leeway.terminal import Output, counted, say, write, write_data, write_line
from shared.definitions.check import check
from shared.definitions.compile import compile_catalogue
from shared.domain.slo import Catalogue


def explain(
    slo: Annotated[str | None, typer.Argument(metavar="SLO", help="Only this SLO.")] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--file", "-f", metavar="PATH", help="Files or folders to read, instead of the server."
        ),
    ] = None,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """Say what an SLO counts and allows, and how fast its alerts notice failures.

    From the server, with the traffic it has seen; or from files, without one.

    For example:

      leeway explain checkout-availability

      leeway explain -f slos/ -o json
    """
    now = int(time.time())
    if files:
        catalogue = _from_files(files)
        traffic: Mapping[str, Mapping[str, Traffic]] = {}
    else:
        with open_server(server) as api:
            catalogue = _from_server(api)
            names = [one.name for one in catalogue.slos if slo in (None, one.name)]
            traffic = {name: _traffic(api, name) for name in names}
    found = [
        explain_slo(one, traffic.get(one.name, {}), now=now)
        for one in catalogue.slos
        if slo in (None, one.name)
    ]
    _say_reasons(slo, catalogue)
    if not found:
        raise CommandFailed(_why_none(slo, catalogue))
    _show(found, output, one=slo is not None)


def _from_files(paths: Sequence[Path]) -> Catalogue:
    reading = read_some(paths)
    checked = check(reading.documents)
    errors = [*reading.problems, *checked.errors]
    say_problems(checked.warnings, warning=True)
    if errors:
        say_problems(errors)
        raise CommandFailed(counted(len(errors), "error") + ": nothing can be explained")
    return _compiled([document.body for document in reading.documents])


def _from_server(api: Server) -> Catalogue:
    return _compiled([item["body"] for item in api.items("/v1/definitions")])


def _compiled(bodies: Sequence[dict[str, Any]]) -> Catalogue:
    return compile_catalogue(bodies, revision=0, counted_from={})


def _traffic(api: Server, slo: str) -> dict[str, Traffic]:
    """Return what each objective of an SLO counted; nothing where there are no figures yet."""
    try:
        status = api.get(f"/v1/slos/{quote(slo, safe='')}")
    except Refused as refused:
        if refused.status != httpx.codes.NOT_FOUND:
            raise
        return {}
    return {
        objective["name"]: seen
        for objective in status["objectives"]
        if (seen := _seen(objective)) is not None
    }


def _seen(objective: dict[str, Any]) -> Traffic | None:
    events = (objective.get("events") or objective)["total"]
    window = objective["window"]
    if not events or not window["from"] or not window["to"]:
        return None
    start, end = (datetime.fromisoformat(window[key]) for key in ("from", "to"))
    if objective["counted_since"]:
        # Most of a window may lie before anything was counted: that is no quiet time.
        start = max(start, datetime.fromisoformat(objective["counted_since"]))
    return Traffic(events, max(0, int((end - start).total_seconds())))


def _say_reasons(slo: str | None, catalogue: Catalogue) -> None:
    """Say which of the SLOs asked for have no figures, and why."""
    for name, reason in catalogue.not_evaluated.items() if slo is None else ():
        say(f"{name}: not evaluated: {reason}")


def _why_none(slo: str | None, catalogue: Catalogue) -> str:
    if slo is None:
        return "no SLO is defined that can be evaluated"
    if slo in catalogue.not_evaluated:
        return f"{slo} is not evaluated: {catalogue.not_evaluated[slo]}"
    return f"there is no SLO named {slo!r}; there are {', '.join(s.name for s in catalogue.slos)}"


def _show(found: Sequence[Explanation], output: Output, *, one: bool) -> None:
    if output is not Output.TABLE:
        data = [as_data(explanation) for explanation in found]
        write_data(data[0] if one else {"items": data}, output)
        return
    for position, explanation in enumerate(found):
        if position:
            write("")
        for line in lines_of(explanation):
            write_line(line)

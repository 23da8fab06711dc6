"""`leeway get agreements`: what teams promise each other, and whether it is kept."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, open_server
from leeway.terminal import (
    Output,
    coloured,
    number,
    percent,
    plain,
    say,
    write_data,
    write_table,
)

_COLUMNS = (
    *("agreement", "type", "provider", "consumers", "state", "version", "compliance"),
    *("slo", "objective", "window", "target", "sli", "met so far", "budget left"),
)
_PERIODS = ("slo", "objective", "from", "to", "target", "sli", "met", "good", "total", "")
_GROUPS = ("slo", "objective", "group", "sli", "met so far", "budget left", "total")


def agreements(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="This agreement, with its past periods.")
    ] = None,
    team: Annotated[
        str | None, typer.Option(help="Only those of which this team is a party.")
    ] = None,
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """List agreements and how their promises stand; by NAME also the last 12 periods.

    For example:

      leeway get agreements --team storefront

      leeway get agreements checkout-for-storefront -o json
    """
    with open_server(server) as api:
        if name is not None:
            found = [api.get(f"/v1/agreements/{quote(name, safe='')}")]
        else:
            found = list(api.items("/v1/agreements", {"team": team, "state": state}))
    if output is not Output.TABLE:
        write_data(found[0] if name is not None else {"items": found}, output)
        return
    write_table(_COLUMNS, [row for one in found for row in _rows(one)], right="version,target,sli")
    if name is not None:
        periods = [row for promise in found[0]["promises"] for row in _periods(promise)]
        write_table(_PERIODS, periods, right="target,sli,good,total")
        groups = [row for promise in found[0]["promises"] for row in _groups(promise)]
        if groups:
            write_table(_GROUPS, groups, right="sli,total")
    for one in found if name is not None else ():
        _say_more(one)


def _rows(agreement: dict[str, Any]) -> list[tuple[str, ...]]:
    first = (
        plain(agreement["agreement"]),
        plain(agreement["type"]),
        plain(agreement["provider"]["team"]),
        plain(", ".join(consumer["team"] for consumer in agreement["consumers"])),
        plain(agreement["state"]),
        plain(agreement["version"]),
        coloured(agreement["compliance"]),
    )
    return [(*first, *_promise(promise)) for promise in agreement["promises"]]


def _promise(promise: dict[str, Any]) -> tuple[str, ...]:
    current = promise["current"] or {}
    return (
        plain(promise["slo"]),
        plain(promise["objective"]),
        plain((promise["window"] or {}).get("duration")),
        percent(promise["target"]),
        percent(current.get("sli")),
        coloured(promise["state"]) if current.get("met") is None else _met(current["met"]),
        _left(current["error_budget"]) if current else "-",
    )


def _periods(promise: dict[str, Any]) -> list[tuple[str, ...]]:
    periods = [promise["current"], *promise["past"]] if promise["current"] else promise["past"]
    return [
        (
            plain(promise["slo"]),
            plain(promise["objective"]),
            plain(period["from"]),
            plain(period["to"]),
            percent(period["target"]),
            percent(period["sli"]),
            _met(period["met"]),
            number(period["good"]),
            number(period["total"]),
            plain(_remark(period)),
        )
        for period in periods
    ]


def _groups(promise: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            plain(promise["slo"]),
            plain(promise["objective"]),
            plain(", ".join(f"{field}={value}" for field, value in one["group"].items())),
            percent(one["sli"]),
            _met(one["met"]),
            _left(one["error_budget"]),
            number(one["total"]),
        )
        for one in promise["groups"]
    ]


def _met(met: bool | None) -> str:
    if met is None:
        return "-"
    return "[green]yes[/]" if met else "[bold red]no[/]"


def _left(budget: dict[str, Any]) -> str:
    """Return what is left of the budget: of the whole period's where there is one."""
    return percent((budget["whole_period"] or budget)["remaining_ratio"], 1)


def _remark(period: dict[str, Any]) -> str:
    remarks = [] if period["ended"] else ["so far"]
    if not period["in_effect"]:
        remarks.append("before or after the agreement")
    elif not period["complete"]:
        remarks.append("not counted from its beginning")
    return ", ".join(remarks)


def _say_more(agreement: dict[str, Any]) -> None:
    for note in agreement["notes"]:
        say(note)
    for promise in agreement["promises"]:
        if promise["reason"]:
            say(f"{promise['slo']}: {promise['reason']}")
    pending = agreement["pending"]
    if pending:
        waiting = pending["waiting_for"]
        then = f"waits for {', '.join(waiting)}" if waiting else f"from {pending['effective_from']}"
        say(f"version {pending['version']} is {pending['state']}, {then}")

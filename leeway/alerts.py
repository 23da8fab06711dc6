"""`leeway get alerts`: what alerts, and what alerted before."""

from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer

from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, Refused, Server, open_server
from leeway.terminal import Output, percent, plain, write_data, write_line, write_table
from shared.domain.alert import AlertState

_COLUMNS = ("id", "state", "slo", "objective", "policy", "condition", "severity", "from", "to")
_COLOURS = {"firing": "bold red", "pending": "yellow", "resolved": "green"}


def alerts(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this alert, or those of this SLO.")
    ] = None,
    state: Annotated[
        AlertState | None,
        typer.Option(help="Only these; without it pending, firing and resolved ones."),
    ] = None,
    slo: Annotated[str | None, typer.Option(help="Only alerts of this SLO.")] = None,
    service: Annotated[str | None, typer.Option(help="Only alerts of this service.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest, so many at most.")] = 100,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """List alerts, the newest first, or show one by its id with its transitions.

    For example:

      leeway get alerts --state firing

      leeway get alerts checkout-availability

      leeway get alerts 5e884898da28047151d0e56f -o yaml
    """
    with open_server(server) as api:
        one = None if name is None else _alert(api, name)
        if one is None and name is not None:
            api.get(f"/v1/slos/{quote(name, safe='')}")  # says so when there is no such SLO
        wanted = {"state": state, "slo": name or slo, "service": service}
        found = list(islice(api.items("/v1/alerts", wanted), limit)) if one is None else [one]
    if output is not Output.TABLE:
        write_data({"items": found} if one is None else one, output)
        return
    write_table(_COLUMNS, [_row(alert) for alert in found])
    if one is not None:
        _write_details(one)


def _alert(api: Server, id_: str) -> dict[str, Any] | None:
    """Return one alert, None when there is none of this id."""
    try:
        found: dict[str, Any] = api.get(f"/v1/alerts/{quote(id_, safe='')}")
    except Refused as refused:
        if refused.status != httpx.codes.NOT_FOUND:
            raise
        return None
    return found


def _row(alert: dict[str, Any]) -> tuple[str, ...]:
    group = ", ".join(f"{field}={value}" for field, value in alert["group"].items())
    return (
        plain(alert["id"]),
        _coloured(alert["state"]),
        plain(alert["slo"]),
        plain(f"{alert['objective']} ({group})" if group else alert["objective"]),
        plain(alert["policy"]),
        plain(alert["condition"]),
        plain(alert["severity"]),
        plain(alert["from"] or alert["pending_since"]),
        plain(alert["to"]),
    )


def _write_details(alert: dict[str, Any]) -> None:
    """Write how an alert went, and who has taken note of it."""
    for step in alert["transitions"]:
        figures = step["figures"]
        over = (("over", "lookback", "burn_long"), ("and", "short_window", "burn_short"))
        burns = [
            f"{word} {figures[window]}: {figures[burn]:.4g}"
            for word, window, burn in over
            if figures.get(window) and figures.get(burn) is not None
        ]
        burn = f", burn {' '.join(burns)}" if burns else ""
        why = f" ({step['reason']})" if step["reason"] else ""
        rest = plain(f"{why}{burn}{_budget(figures)}")
        write_line(f"{plain(step['at'])}  {_coloured(step['state'])}{rest}")
    said = alert["acknowledged"]
    if said:
        write_line(plain(f"{said['at']}  acknowledged by {said['by']}: {said['note']}"))


def _budget(figures: dict[str, Any]) -> str:
    """Return how much of the budget is left, where the condition asks for it, and what it asks."""
    asked = []
    if (below := figures.get("budget_below")) is not None:
        asked.append(f"less than {percent(below)}")
    if within := figures.get("exhausted_within"):
        asked.append(f"{within} or less at the last hour's rate")
    left = percent(figures.get("remaining_ratio"))
    return f", budget left: {left} (alerts at {' and '.join(asked)})" if asked else ""


def _coloured(state: str) -> str:
    colour = _COLOURS.get(state, "dim")
    return f"[{colour}]{plain(state)}[/{colour}]"

"""Compares what the api says with the truth that the generator stated, figure by figure."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from examples.shop.ledger import Cells, Ledger, Name, total_of
from examples.shop.promise import ALL, PROMISES
from examples.shop.traffic import HOUR, MINUTE
from leeway.exit import CommandFailed
from leeway.server import Server

SETTLING_SECONDS = 30
POLL_SECONDS = 0.5
GOOD_MINUTES = {(promise.slo, promise.objective): promise.good_minute for promise in PROMISES}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the api beside the true one."""

    what: str
    said: int | None
    true: int


def compare(api: Server, ledger: Ledger) -> list[Figure]:
    """Return every figure that both know: statuses at a moment, then the hours of the history.

    Raises CommandFailed when the api has not counted in time what was sent before this call.
    """
    truth = ledger_counts(ledger)
    slos = sorted({slo for slo, _, _ in truth.counts})
    _until_counted(api, slos)
    return [figure for slo in slos for figure in _figures_of(api, slo, truth)]


@dataclass(frozen=True, slots=True)
class Truth:
    """All that was stated: from `since` to `until`, whole minutes in milliseconds."""

    since: int
    until: int
    counts: dict[Name, Cells]


def ledger_counts(ledger: Ledger) -> Truth:
    """Return the truth as far as it covers whole minutes."""
    pages = list(ledger.pages())
    if not pages:
        raise CommandFailed(f"{ledger.path} states nothing yet: wait until events were sent")
    since = -(-pages[0].since // MINUTE) * MINUTE
    return Truth(since, pages[-1].until // MINUTE * MINUTE, total_of(pages))


def _until_counted(api: Server, slos: list[str]) -> None:
    """Wait until everything that is in Kafka now is counted."""
    now = datetime.now(UTC)
    deadline = time.monotonic() + SETTLING_SECONDS
    waiting = slos
    while waiting:
        waiting = [slo for slo in waiting if not _complete(api, slo, now)]
        if waiting and time.monotonic() > deadline:
            raise CommandFailed(
                f"{', '.join(waiting)}: not counted up to {now:%FT%TZ} after "
                f"{SETTLING_SECONDS} s; is the stack running?"
            )
        if waiting:
            time.sleep(POLL_SECONDS)


def _complete(api: Server, slo: str, now: datetime) -> bool:
    until = api.get(f"/v1/slos/{slo}")["complete_until"]
    return until is not None and datetime.fromisoformat(until) >= now


def _figures_of(api: Server, slo: str, truth: Truth) -> Iterator[Figure]:
    at = _written(truth.until)
    status = api.get(f"/v1/slos/{slo}", {"at": at})
    yield from _of_objectives(slo, ALL, status["objectives"], truth)
    for group in status["groups"]:
        name = ",".join(group["group"].values())
        yield from _of_objectives(slo, name, group["objectives"], truth)
    span = {"from": _written(-(-truth.since // HOUR) * HOUR), "to": _written(truth.until)}
    for step in api.items(f"/v1/slos/{slo}/history", span | {"step": "1h"}):
        if _milliseconds(step["to"]) <= truth.until:
            yield from _of_interval(slo, step["objective"], ALL, step, step, truth)


def _of_objectives(
    slo: str, group: str, objectives: list[dict[str, Any]], truth: Truth
) -> Iterator[Figure]:
    for objective in objectives:
        yield from _of_interval(
            slo, objective["name"], group, objective["window"], objective, truth
        )


def _of_interval(
    slo: str,
    objective: str,
    group: str,
    interval: dict[str, Any],
    said: dict[str, Any],
    truth: Truth,
) -> Iterator[Figure]:
    cells = truth.counts.get((slo, objective, group), {})
    since, until = _milliseconds(interval["from"]), _milliseconds(interval["to"])
    inside = [cell for minute, cell in cells.items() if since <= minute * MINUTE < until]
    name = "/".join(part for part in (slo, objective, group) if part)
    what = f"{name} from {interval['from']} to {interval['to']}"
    good_minute = GOOD_MINUTES.get((slo, objective))
    if good_minute is not None:
        inside = [(int(good >= good_minute * total), 1) for good, total in inside if total]
    yield Figure(f"good of {what}", said["good"], sum(good for good, _ in inside))
    yield Figure(f"total of {what}", said["total"], sum(total for _, total in inside))


def _written(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%FT%TZ}"


def _milliseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1000

"""The content of an agreement that its parties accept: what is written, and what it comes to.

Targets and windows that the document leaves to the SLO are filled in, and what the SLO counts is
named, so that none of it changes behind the parties' backs: a change of the SLO makes new terms.
Labels and annotations are no part of it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from shared.definitions.library import Body, metadata_of, spec_of
from shared.definitions.objective import target_of, time_window
from shared.domain.agreement import Promise, as_slo
from shared.domain.slo import SLO, CalendarWindow, RollingWindow, Window


def parties_of(body: Body) -> tuple[str, ...]:
    """Return the teams of an agreement: the provider, then the consumers."""
    spec = spec_of(body)
    return spec["provider"]["team"], *(one["team"] for one in spec["consumers"])


def effective(body: Body) -> tuple[date, date | None]:
    """Return the first and the last day of an agreement; None when it has no end."""
    dates = spec_of(body)["effective"]
    until = dates.get("until")
    return date.fromisoformat(dates["from"]), date.fromisoformat(until) if until else None


def terms_of(body: Body, slos: Mapping[str, SLO]) -> str:
    """Return the terms of an agreement as canonical JSON; equal terms are equal texts."""
    promises = [
        _coded(promise)
        for written in spec_of(body)["promises"]
        for promise in _promises(written, slos.get(written["slo"]))
    ]
    terms = {
        "displayName": metadata_of(body).get("displayName"),
        "spec": spec_of(body),
        "promises": promises,
    }
    return json.dumps(terms, sort_keys=True, separators=(",", ":"), allow_nan=False)


def hash_of(terms: str) -> str:
    """Return the SHA-256 of terms, in hex digits: what an acceptance names."""
    return sha256(terms.encode()).hexdigest()


def promises_in(terms: str) -> tuple[Promise, ...]:
    """Return what terms promise."""
    return tuple(_decoded(coded) for coded in json.loads(terms)["promises"])


def promised_in(
    agreements: Mapping[str, Sequence[Promise]], slos: Iterable[SLO]
) -> tuple[SLO, ...]:
    """Return what agreements promise as objectives of these SLOs, each once.

    Of two promises of one agreement with the same objective and window the first counts. Windows
    that differ only in their start or zone are called differently.
    """
    by_name = {slo.name: slo for slo in slos}
    found: dict[tuple[str, str], SLO] = {}
    for agreement, promises in sorted(agreements.items()):
        for promise in promises:
            slo = by_name.get(promise.slo)
            promised = as_slo(agreement, promise, slo) if slo else None
            if promised is not None:
                _take(found, promised)
    return tuple(found.values())


def _take(found: dict[tuple[str, str], SLO], promised: SLO) -> None:
    (objective,) = promised.objectives
    other = found.get((promised.name, objective.name))
    if other is not None and other.window != promised.window:
        objective = replace(objective, name=f"{objective.name}{_beginning(promised.window)}")
        promised = replace(promised, objectives=(objective,))
    found.setdefault((promised.name, objective.name), promised)


def _beginning(window: Window) -> str:
    return f" from {window.start} {window.time_zone}" if isinstance(window, CalendarWindow) else ""


def parties_in(terms: str) -> tuple[str, ...]:
    """Return the provider and then the consumers."""
    return parties_of(json.loads(terms))


def effective_in(terms: str) -> tuple[date, date | None]:
    """Return the first and the last day on which terms hold; None for no end."""
    return effective(json.loads(terms))


def _promises(written: Body, slo: SLO | None) -> Iterator[Promise]:
    named = written.get("objective") or None
    given = written.get("target") is not None or written.get("targetPercent") is not None
    target = target_of(written) if given else None
    window = time_window({"timeWindow": [written["window"]]}) if written.get("window") else None
    if slo is None:
        yield Promise(written["slo"], named, target, window)
        return
    for objective in slo.objectives:
        if named in (None, objective.name):
            counted = (objective.indicator, objective.good_indicator)
            yield Promise(
                slo.name,
                objective.name,
                target if target is not None else objective.target,
                window or slo.window,
                tuple(indicator.key for indicator in counted if indicator is not None),
            )


def _coded(promise: Promise) -> dict[str, Any]:
    return {
        "slo": promise.slo,
        "objective": promise.objective,
        "target": None if promise.target is None else str(promise.target),
        "window": None if promise.window is None else _coded_window(promise.window),
        "counts": list(promise.counts),
    }


def _decoded(coded: Mapping[str, Any]) -> Promise:
    return Promise(
        coded["slo"],
        coded["objective"],
        None if coded["target"] is None else Decimal(coded["target"]),
        None if coded["window"] is None else _decoded_window(coded["window"]),
        tuple(coded["counts"]),
    )


def _coded_window(window: Window) -> dict[str, Any]:
    if isinstance(window, RollingWindow):
        return {"duration": window.text, "seconds": window.seconds}
    return {
        "duration": window.text,
        "count": window.count,
        "unit": window.unit,
        "start": window.start,
        "timeZone": window.time_zone,
    }


def _decoded_window(coded: Mapping[str, Any]) -> Window:
    if "seconds" in coded:
        return RollingWindow(coded["seconds"], coded["duration"])
    return CalendarWindow(
        coded["count"], coded["unit"], coded["duration"], coded["start"], coded["timeZone"]
    )

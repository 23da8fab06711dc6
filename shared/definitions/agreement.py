"""Checks what an agreement means: its parties, its promises, its dates, its service hours."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from shared.definitions.advice import none_named
from shared.definitions.found import Found
from shared.definitions.library import Body, Library, name_of, spec_of
from shared.definitions.meaning import check_window
from shared.definitions.objective import DEFAULT_WINDOW, objective_name, target_of
from shared.definitions.own.agreement import WEEKDAYS, minutes_of
from shared.definitions.part import Part
from shared.definitions.path import PropertyPath
from shared.definitions.terms import effective, parties_of

_PROMISES = ("spec", "promises")


def check_agreement(part: Part, library: Library, today: date | None, found: Found) -> None:
    """Note what cannot be agreed on, and what is probably not meant; without a day no dates."""
    _check_parties(part, found)
    _check_promises(part, library, found)
    _check_services(part, library, found)
    _check_dates(part, today, found)
    _check_hours(part, found)
    _check_overlaps(part, library, found)


def promised(promise: Body, slo: Body) -> Iterator[tuple[int, Body]]:
    """Yield position and text of each objective of an SLO that a promise is about."""
    for position, objective in enumerate(spec_of(slo).get("objectives") or ()):
        if promise.get("objective") in (None, "", objective_name(objective, position)):
            yield position, objective


def _check_parties(part: Part, found: Found) -> None:
    provider, *consumers = parties_of(part.body)
    for position, team in enumerate(consumers):
        path = ("spec", "consumers", position, "team")
        if team == provider:
            found.error(part, path, f"{team!r} is the provider: a team promises itself nothing")
        elif team in consumers[:position]:
            found.error(part, path, f"{team!r} is named twice")


def _check_promises(part: Part, library: Library, found: Found) -> None:
    seen: set[tuple[str, str, str]] = set()
    for number, promise in enumerate(spec_of(part.body)["promises"]):
        path = (*_PROMISES, number)
        slo = library.get("SLO", promise["slo"])
        if promise.get("window"):
            check_window(part, (*path, "window"), promise["window"], found)
        if slo is None:
            if not library.has("SLO", promise["slo"]):
                found.error(
                    part, (*path, "slo"), none_named("SLO", promise["slo"], library.names("SLO"))
                )
            continue
        _check_promise(part, path, promise, slo, found)
        for position, objective in promised(promise, slo):
            key = (promise["slo"], objective_name(objective, position), _window_text(promise, slo))
            if key in seen:
                found.error(part, path, f"{key[0]}/{key[1]} over {key[2]} is promised twice")
            seen.add(key)


def _check_promise(part: Part, path: PropertyPath, promise: Body, slo: Body, found: Found) -> None:
    about = list(promised(promise, slo))
    written = _target(promise)
    if not about:
        found.error(part, (*path, "objective"), _no_objective(promise, slo))
    if len(about) > 1 and written is not None:
        message = (
            f"{promise['slo']} has several objectives; name the one that the target is for: "
            + ", ".join(objective_name(objective, at) for at, objective in about)
        )
        found.error(part, (*path, "objective"), message)
    if len(about) == 1 and written is not None and written > (own := target_of(about[0][1])):
        key = "target" if promise.get("target") is not None else "targetPercent"
        message = (
            f"{written} is stricter than what {promise['slo']} aims at ({own}): "
            "it can be broken while the SLO is kept"
        )
        found.warn(part, (*path, key), message)


def _target(promise: Body) -> Decimal | None:
    given = promise.get("target") is not None or promise.get("targetPercent") is not None
    return target_of(promise) if given else None


def _window_text(promise: Body, slo: Body) -> str:
    windows = [promise["window"]] if promise.get("window") else spec_of(slo).get("timeWindow")
    return str((windows or [{"duration": DEFAULT_WINDOW}])[0]["duration"])


def _no_objective(promise: Body, slo: Body) -> str:
    listed = spec_of(slo).get("objectives") or ()
    names = [objective_name(objective, position) for position, objective in enumerate(listed)]
    return (
        f"{promise['slo']} has no objective called {promise['objective']!r}; "
        f"there are {', '.join(names)}"
    )


def _check_services(part: Part, library: Library, found: Found) -> None:
    spec = spec_of(part.body)
    services = (spec.get("scope") or {}).get("services") or ()
    known = {spec_of(slo).get("service") for _, slo in library.all("SLO")}
    for position, service in enumerate(services):
        if service not in known and not library.has("Service", service):
            path = ("spec", "scope", "services", position)
            found.warn(part, path, none_named("Service", service, library.names("Service")))
    for number, promise in enumerate(spec["promises"]):
        slo = library.get("SLO", promise["slo"])
        service = spec_of(slo).get("service") if slo else None
        if services and service is not None and service not in services:
            message = f"{promise['slo']} is about {service!r}, which is not in the scope"
            found.warn(part, (*_PROMISES, number, "slo"), message)


def _check_dates(part: Part, today: date | None, found: Found) -> None:
    start, end = effective(part.body)
    if end is not None and end < start:
        found.error(part, ("spec", "effective", "until"), f"{end} is before {start}, its beginning")
    elif end is not None and today is not None and end < today:
        found.warn(part, ("spec", "effective", "until"), f"{end} has passed")
    review = spec_of(part.body).get("review") or {}
    if not review.get("next"):
        return
    following = date.fromisoformat(review["next"])
    path = ("spec", "review", "next")
    if today is not None and following < today:
        found.warn(part, path, f"{following} has passed: review the agreement, and set the next")
    if end is not None and following > end:
        found.warn(part, path, f"{following} is after {end}, the end of the agreement")


def _check_hours(part: Part, found: Found) -> None:
    taken: dict[str, list[tuple[int, int]]] = {day: [] for day in WEEKDAYS}
    hours = (spec_of(part.body).get("serviceHours") or {}).get("hours") or ()
    for number, entry in enumerate(hours):
        path = ("spec", "serviceHours", "hours", number)
        begin, end = minutes_of(entry["from"]), minutes_of(entry["until"])
        if begin >= end:
            message = f"{entry['until']} is not after {entry['from']}; split hours past midnight"
            found.error(part, (*path, "until"), message)
            continue
        for position, day in enumerate(entry["days"]):
            if day not in taken:
                message = f"{day!r} is no day of the week; write {', '.join(WEEKDAYS)}"
                found.error(part, (*path, "days", position), message)
            elif any(begin < other[1] and other[0] < end for other in taken[day]):
                found.error(part, (*path, "days", position), f"{day} has overlapping hours")
            else:
                taken[day].append((begin, end))


def _check_overlaps(part: Part, library: Library, found: Found) -> None:
    """Name agreements between the same teams about the same service at the same time."""
    for name, other in library.all("Agreement"):
        if name == name_of(part.body) or not _at_once(part.body, other):
            continue
        provider, *consumers = parties_of(part.body)
        their_provider, *their_consumers = parties_of(other)
        both = [team for team in consumers if team in their_consumers]
        services = sorted(_services(part.body, library) & _services(other, library))
        if provider == their_provider and both and services:
            message = (
                f"Agreement/{name} is at the same time between {provider} and {_listed(both)} "
                f"about {_listed(services)}: both hold"
            )
            found.warn(part, ("spec",), message)


def _at_once(one: Body, other: Body) -> bool:
    (start, end), (their_start, their_end) = effective(one), effective(other)
    return (their_end is None or start <= their_end) and (end is None or their_start <= end)


def _services(body: Body, library: Library) -> set[str]:
    spec = spec_of(body)
    named = set((spec.get("scope") or {}).get("services") or ())
    slos = (library.get("SLO", promise["slo"]) for promise in spec["promises"])
    return named | {str(spec_of(slo).get("service")) for slo in slos if slo is not None}


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)

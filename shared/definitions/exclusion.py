"""What exclusions mean, and what cannot be meant by them."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil, floor

from shared.definitions.advice import none_named
from shared.definitions.found import Found
from shared.definitions.indicator import parsed
from shared.definitions.library import Body, Library, name_of, spec_of
from shared.definitions.part import Part
from shared.domain.bucket import BUCKET
from shared.domain.corrected import subtracted_of
from shared.domain.duration import SECONDS, parse_duration
from shared.domain.errors import QueryError
from shared.domain.exclusion import Exclusion, Once, Times, meetings
from shared.domain.slo import SLO
from shared.recurrence import Recurring, rule_of

KIND = "Exclusion"
MOST_MEETINGS = 16
"""In how many combinations of predicates one may be: each of them is counted by itself."""

_LONGEST = 31 * SECONDS["d"]
_SLOW = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")


@dataclass(frozen=True, slots=True)
class Scoped:
    """An exclusion, and the services or the SLOs that it is for."""

    exclusion: Exclusion
    services: frozenset[str]
    slos: frozenset[str]

    def is_for(self, slo: str, service: str) -> bool:
        """Tell whether an SLO of a service is affected."""
        return slo in self.slos or service in self.services


def exclusions_in(library: Library) -> list[Scoped]:
    """Return all exclusions, by name."""
    return [_scoped(body) for _, body in library.all(KIND)]


def excluding(slo: SLO, exclusions: Iterable[Scoped]) -> SLO:
    """Return the SLO with the exclusions that are for it."""
    own = tuple(one.exclusion for one in exclusions if one.is_for(slo.name, slo.service))
    if not own:
        return slo
    found = replace(slo, exclusions=own)
    return replace(found, subtracted=subtracted_of(found))


def check_exclusion(part: Part, library: Library, today: date | None, found: Found) -> None:
    """Note what cannot be excluded; with a day, say what an exclusion does not do to the past."""
    before = len(found.errors)
    _check_scope(part, library, found)
    _check_times(part, found)
    _check_predicate(part, found)
    if len(found.errors) == before:
        _check_together(part, library, found)
        _say_limits(part, today, found)


def _scoped(body: Body) -> Scoped:
    spec = spec_of(body)
    query = spec.get("predicate") or None
    exclusion = Exclusion(
        name_of(body),
        _times(spec),
        parsed(query) if query else None,
        query,
        spec["reason"],
        spec["approvedBy"],
    )
    services, slos = spec.get("services") or (), spec.get("slos") or ()
    return Scoped(exclusion, frozenset(services), frozenset(slos))


def _times(spec: Body) -> Times:
    again = spec.get("recurrence")
    if again is None:
        start, end = (datetime.fromisoformat(spec[key]).timestamp() for key in ("from", "until"))
        return Once(floor(start), ceil(end))
    duration = parse_duration(again["duration"])
    seconds = duration.seconds if duration else 0
    return Recurring(again["rrule"], again["start"], seconds, again["timeZone"])


def _check_scope(part: Part, library: Library, found: Found) -> None:
    spec = spec_of(part.body)
    for position, name in enumerate(spec.get("slos") or ()):
        if not library.has("SLO", name):
            message = none_named("SLO", name, library.names("SLO"))
            found.error(part, ("spec", "slos", position), message)
    used = {str(spec_of(body).get("service")) for _, body in library.all("SLO")}
    for position, name in enumerate(spec.get("services") or ()):
        if name not in used:
            path = ("spec", "services", position)
            found.warn(part, path, f"no SLO is about a service named {name!r}")


def _check_times(part: Part, found: Found) -> None:
    spec = spec_of(part.body)
    again = spec.get("recurrence")
    if again is None:
        times = _times(spec)
        if isinstance(times, Once) and times.start >= times.end:
            found.error(part, ("spec", "until"), "is not after from")
        return
    path = ("spec", "recurrence")
    duration = parse_duration(again["duration"], "mhdw")
    if duration is None or not 0 < duration.seconds <= _LONGEST:
        message = "an exclusion lasts from a minute to 31 days each time; write it like 2h"
        found.error(part, (*path, "duration"), message)
    try:
        rule_of(again["rrule"], again["start"])
    except (ValueError, TypeError) as error:
        message = f"{again['rrule']!r} is no recurrence rule of RFC 5545: {error}"
        found.error(part, (*path, "rrule"), message)
        return
    if not any(f"FREQ={slow}" in again["rrule"].upper() for slow in _SLOW):
        message = "comes again once a day at most: FREQ=DAILY, WEEKLY, MONTHLY or YEARLY"
        found.error(part, (*path, "rrule"), message)


def _check_predicate(part: Part, found: Found) -> None:
    query = spec_of(part.body).get("predicate")
    try:
        if query:
            parsed(query)
    except QueryError as error:
        found.error(part, ("spec", "predicate"), str(error))


def _check_together(part: Part, library: Library, found: Found) -> None:
    """Note predicates that meet too many others to be told apart."""
    if not spec_of(part.body).get("predicate"):
        return
    usable = [one for one in _usable(library) if one.exclusion.predicate is not None]
    for name, body in library.all("SLO"):
        service = str(spec_of(body).get("service") or "")
        own = [one.exclusion for one in usable if one.is_for(name, service)]
        names = [one.name for one in own]
        if part.document.name not in names:
            continue
        mine = names.index(part.document.name)
        met = [members for members in meetings(own) if mine in members]
        if len(met) > MOST_MEETINGS:
            others = {names[at] for members in met for at in members if at != mine}
            message = (
                f"too many exclusions of the SLO {name!r} have other predicates or are in force "
                f"at once ({', '.join(sorted(others))}); write them as one, joined by ||, or "
                "delete those that are long over"
            )
            found.error(part, ("spec", "predicate"), message)
            return


def _begins(spec: Body) -> date:
    again = spec.get("recurrence")
    return datetime.fromisoformat(again["start"] if again else spec["from"]).date()


def _usable(library: Library) -> Iterator[Scoped]:
    for _, body in library.all(KIND):
        with suppress(QueryError, ValueError, TypeError):
            yield _scoped(body)


def _say_limits(part: Part, today: date | None, found: Found) -> None:
    spec = spec_of(part.body)
    if spec.get("predicate") and today is not None and _begins(spec) <= today:
        message = (
            "applies to events that are counted from now on: what was counted before is not "
            "known event by event, and stays"
        )
        found.warn(part, ("spec", "predicate"), message)
    times = _times(spec)
    if isinstance(times, Once) and (times.start % BUCKET or times.end % BUCKET):
        message = "is rounded outwards to 10 seconds, which is what time is counted in"
        found.warn(part, ("spec", "from" if times.start % BUCKET else "until"), message)

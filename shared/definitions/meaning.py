"""Checks what an SLO means once everything it refers to is known."""

import re
from collections.abc import Mapping

from shared.definitions.compile import compile_slo
from shared.definitions.found import Found
from shared.definitions.library import Body, Broken, Library, NotEvaluated, spec_of
from shared.definitions.objective import is_composite, objective_name, sli_of
from shared.definitions.part import Part
from shared.definitions.path import PropertyPath
from shared.definitions.slices import check_composite, check_empty, check_lengths, objectives_in
from shared.definitions.threshold import check_thresholds
from shared.domain.calendar import longest_period
from shared.domain.duration import SECONDS, in_words, parse_duration
from shared.domain.slo import DataSource

LONGEST_WINDOW = 400 * SECONDS["d"]
"""How long counts are kept."""

QUARTER_HOUR = re.compile(r":(00|15|30|45):00$")


def check_slo(
    part: Part, library: Library, sources: Mapping[str, DataSource], found: Found
) -> None:
    """Note what an SLO cannot mean as a whole: thresholds, empty slices, parts."""
    try:
        slo = compile_slo(part.body, library, sources)
    except Broken:
        return
    except NotEvaluated as reason:
        found.warn(part, ("spec",), f"not evaluated: {reason}")
        return
    check_thresholds(part, slo, found)
    check_empty(part, slo, found)
    check_composite(part, slo, found)


def check_written(part: Part, library: Library, found: Found) -> None:
    """Note what an SLO cannot mean, whatever else is wrong: names, comparisons, windows, slices."""
    _check_names(part, found)
    _check_comparisons(part, library, found)
    _check_window(part, found)
    check_lengths(part, found)


def _check_names(part: Part, found: Found) -> None:
    seen: set[str] = set()
    for position, (path, objective) in enumerate(objectives_in(part)):
        name = objective_name(objective, position)
        if name in seen:
            message = f"there are two objectives called {name!r}; give each a name of its own"
            found.error(part, (*path, "displayName"), message)
        seen.add(name)


def _check_comparisons(part: Part, library: Library, found: Found) -> None:
    spec = spec_of(part.body)
    composite = is_composite(spec)
    for path, objective in objectives_in(part):
        try:
            sli = sli_of(objective if composite else spec, library)
        except Broken:
            continue
        if spec_of(sli).get("thresholdMetric") is None:
            continue
        for key in ("op", "value"):
            if objective.get(key) is None:
                message = "is required: the SLI is a threshold metric"
                found.error(part, (*path, key), message)


def _check_window(part: Part, found: Found) -> None:
    windows = spec_of(part.body).get("timeWindow")
    if not windows or windows[0] is None:
        return
    check_window(part, ("spec", "timeWindow", 0), windows[0], found)


def check_window(part: Part, path: PropertyPath, window: Body, found: Found) -> None:
    """Note what is wrong with a window: how long it is, and where it begins."""
    written, calendar = window.get("duration"), window.get("calendar")
    duration = parse_duration(written) if written else None
    if written is None or duration is None:
        return
    if calendar is not None:
        if duration.unit == "m":
            found.error(part, (*path, "duration"), "a calendar window lasts an hour or longer")
        elif longest_period(duration.unit, duration.count) > LONGEST_WINDOW:
            found.error(part, (*path, "duration"), _too_long(written, "a period of "))
        start = calendar.get("startTime")
        if start and not QUARTER_HOUR.search(start):
            message = "is not on a quarter hour; it is rounded down to one"
            found.warn(part, (*path, "calendar", "startTime"), message)
    elif duration.is_calendar:
        advice = f"{duration.seconds // SECONDS['d']}d"
        message = f"{written} has no fixed length, so it cannot roll; write {advice}"
        found.error(part, (*path, "duration"), message)
    elif duration.seconds > LONGEST_WINDOW:
        found.error(part, (*path, "duration"), _too_long(written))


def _too_long(written: str, what: str = "") -> str:
    kept = in_words(LONGEST_WINDOW)
    return f"{what}{written} is longer than counts are kept, which is {kept}"

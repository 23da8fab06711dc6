"""Checks what an SLO says about its slices: their length, those without events, those of parts."""

from shared.definitions.found import Found
from shared.definitions.library import Body, spec_of
from shared.definitions.objective import DEFAULT_WINDOW, slice_seconds
from shared.definitions.part import Part
from shared.definitions.path import PropertyPath
from shared.domain.duration import SECONDS, in_words, parse_duration
from shared.domain.slo import SLO, BudgetingMethod

LONGEST_SILENCE = 7 * SECONDS["d"]
"""Over how long a verdict may be carried: what a late event changes reaches as far."""

_NO_DATA = ("metadata", "annotations", "leeway/no-data")
_SILENCE = ("metadata", "annotations", "leeway/silence-after")


def objectives_in(part: Part) -> list[tuple[PropertyPath, Body]]:
    """Return the objectives of an SLO as far as they have their form, each with its place."""
    listed = spec_of(part.body).get("objectives") or ()
    return [
        (("spec", "objectives", at), objective)
        for at, objective in enumerate(listed)
        if objective is not None
    ]


def check_lengths(part: Part, found: Found) -> None:
    """Note slices that do not fit the clock, or not the window."""
    spec = spec_of(part.body)
    if spec.get("budgetingMethod") == BudgetingMethod.OCCURRENCES:
        return
    windows = spec.get("timeWindow") or [{"duration": DEFAULT_WINDOW}]
    window = parse_duration((windows[0] or {}).get("duration") or "")
    for path, objective in objectives_in(part):
        length = slice_seconds(objective.get("timeSliceWindow"))
        where = (*path, "timeSliceWindow")
        if length is None:
            continue
        if window is not None and length > window.seconds:
            found.error(part, where, f"the slice is longer than the window of {window}")
        elif not _fits_the_clock(length):
            message = "a slice divides an hour (1m, 5m, 15m ...) or is whole hours up to a day"
            found.error(part, where, message)


def _fits_the_clock(length: int) -> bool:
    hour, day = SECONDS["h"], SECONDS["d"]
    if length % SECONDS["m"] or length <= 0:
        return False
    return hour % length == 0 or (length % hour == 0 and length <= day)


def check_empty(part: Part, slo: SLO, found: Found) -> None:
    """Note what cannot be meant about slices without events."""
    if slo.silence_after > LONGEST_SILENCE:
        message = f"a verdict is carried over {in_words(LONGEST_SILENCE)} at most"
        found.error(part, _SILENCE, message)
    if slo.no_data != "exclude" and slo.budgeting_method is BudgetingMethod.OCCURRENCES:
        message = "says nothing here: it is about slices, and Occurrences counts events"
        found.warn(part, _NO_DATA, message)
    grouped = all(indicator.group_by for indicator in slo.indicators())
    if slo.no_data == "carry" and not grouped:
        message = (
            "carry needs one reporter per series: where several probes report, "
            "group by the probe (leeway/group-by on the SLI)"
        )
        found.warn(part, _NO_DATA, message)


def check_composite(part: Part, slo: SLO, found: Found) -> None:
    """Note parts that cannot be seen as one."""
    if not slo.composite:
        return
    first = slo.objectives[0]
    for at, objective in enumerate(slo.objectives):
        path = ("spec", "objectives", at)
        if objective.indicator.group_by != first.indicator.group_by:
            message = "all parts of a composite group by the same fields, or none of them does"
            found.error(part, path, message)
        joint = slo.budgeting_method is BudgetingMethod.TIMESLICES
        if joint and objective.slice_seconds != first.slice_seconds:
            message = "all parts of a composite have slices of the same length: a slice is bad "
            message += "when it is bad for any part"
            found.error(part, (*path, "timeSliceWindow"), message)

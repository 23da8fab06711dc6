"""Turns the objectives and the time window of an SLO into the domain's."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from shared.definitions.indicator import Threshold, count_sli
from shared.definitions.library import Body, Broken, Library, spec_of
from shared.domain.duration import parse_duration
from shared.domain.slo import CalendarWindow, DataSource, Objective, RollingWindow, Window

DEFAULT_WINDOW = "30d"
"""The window of an SLO that gives none."""

START_FORMAT = "%Y-%m-%d %H:%M:%S"
_QUARTER_HOUR = 15


def time_window(spec: Body) -> Window:
    """Return the window of an SLO; a calendar window's start is put on its quarter hour."""
    written = (spec.get("timeWindow") or [{"duration": DEFAULT_WINDOW}])[0]
    duration = parse_duration(written["duration"])
    if duration is None:
        raise Broken(f"{written['duration']!r} is no duration")
    calendar = written.get("calendar")
    if calendar is None:
        return RollingWindow(duration.seconds, written["duration"])
    start = datetime.strptime(calendar["startTime"], START_FORMAT)  # noqa: DTZ007 - civil time
    start = start.replace(minute=start.minute // _QUARTER_HOUR * _QUARTER_HOUR, second=0)
    return CalendarWindow(
        count=duration.count,
        unit=duration.unit,
        text=written["duration"],
        start=start.strftime(START_FORMAT),
        time_zone=calendar["timeZone"],
    )


def objective_name(objective: Body, position: int) -> str:
    """Return how an objective is called: its display name, else its number from 1."""
    return str(objective.get("displayName") or f"objective-{position + 1}")


def target_of(objective: Body) -> Decimal:
    """Return the target as a ratio, exactly as written."""
    if objective.get("target") is not None:
        return Decimal(str(objective["target"]))
    return Decimal(str(objective["targetPercent"])) / 100


def is_composite(spec: Body) -> bool:
    """Whether the indicators of an SLO are inside its objectives."""
    return any(
        objective.get("indicator") is not None or objective.get("indicatorRef") is not None
        for objective in spec.get("objectives") or ()
        if objective is not None
    )


def sli_of(holder: Body, library: Library) -> Body:
    """Return the SLI that an SLO's spec or an objective holds or names; raises NotEvaluated."""
    if holder.get("indicator") is not None:
        inline: Body = holder["indicator"]
        return inline
    return library.need("SLI", holder.get("indicatorRef") or "")


def objectives_of(
    body: Body, library: Library, sources: Mapping[str, DataSource]
) -> tuple[Objective, ...]:
    """Return the objectives of an SLO, in the order written; raises NotEvaluated."""
    spec = spec_of(body)
    composite = is_composite(spec)
    return tuple(
        _objective(written, position, written if composite else spec, library, sources)
        for position, written in enumerate(spec.get("objectives") or ())
    )


def _objective(
    written: Body,
    position: int,
    holder: Body,
    library: Library,
    sources: Mapping[str, DataSource],
) -> Objective:
    threshold = Threshold(written.get("op"), written.get("value"))
    counted = count_sli(sli_of(holder, library), threshold, library, sources)
    slice_target = written.get("timeSliceTarget")
    weight = written.get("compositeWeight")
    return Objective(
        name=objective_name(written, position),
        target=target_of(written),
        indicator=counted.indicator,
        good_indicator=counted.other,
        other_is_bad=counted.other_is_bad,
        weight=Decimal(str(weight)) if weight is not None else Decimal(1),
        slice_target=Decimal(str(slice_target)) if slice_target is not None else None,
        slice_seconds=slice_seconds(written.get("timeSliceWindow")),
    )


def slice_seconds(written: object) -> int | None:
    """Return the length of a time slice: a duration, or a number of minutes."""
    if isinstance(written, str):
        duration = parse_duration(written)
        return duration.seconds if duration else None
    return int(written * 60) if isinstance(written, int | float) else None

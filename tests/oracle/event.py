"""What was counted: one entry per valid event, formed from event fields by plain functions."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

Fields = Mapping[str, object]
Test = Callable[[Fields], bool]
Group = tuple[str, ...]


@dataclass(frozen=True)
class Event:
    """What happened, and when: seconds since 1970, exact."""

    at: Fraction
    fields: Fields


@dataclass(frozen=True)
class Count:
    """What one event adds to one indicator."""

    at: Fraction
    good: int
    total: int


@dataclass(frozen=True)
class Indicator:
    """Which events count, and which of these are good.

    Good and total are decided on the same event, unless what is `good` or `bad` comes from another
    data source and is counted apart: what is bad is then taken from the good ones.
    """

    total: Test
    good: Test
    weight: str | None = None
    group_by: tuple[str, ...] = ()
    apart: str | None = None


def count_of(indicator: Indicator, event: Event) -> Count:
    """What an event adds to an indicator; nothing where it has no weight."""
    total, good = indicator.total(event.fields), indicator.good(event.fields)
    weight = 1
    if indicator.weight is not None and indicator.weight in event.fields:
        weight = int(str(event.fields[indicator.weight]))
    counted = weight if total else 0
    match indicator.apart:
        case "good":
            return Count(event.at, weight if good else 0, counted)
        case "bad":
            return Count(event.at, counted - (0 if good else weight), counted)
    return Count(event.at, counted if good else 0, counted)


def counted(indicator: Indicator, events: Iterable[Event]) -> dict[Group, list[Count]]:
    """What every group of an indicator counted; without grouping, one group named ()."""
    groups: dict[Group, list[Count]] = {}
    for event in events:
        count = count_of(indicator, event)
        if count.good or count.total:
            group = tuple(str(event.fields.get(name, "")) for name in indicator.group_by)
            groups.setdefault(group, []).append(count)
    return groups

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

    `together` says that good and total are decided on the same event; otherwise they come from
    different data sources and are counted apart.
    """

    total: Test
    good: Test
    weight: str | None = None
    group_by: tuple[str, ...] = ()
    together: bool = True


def counted(indicator: Indicator, events: Iterable[Event]) -> dict[Group, list[Count]]:
    """What every group of an indicator counted; without grouping, one group named ()."""
    groups: dict[Group, list[Count]] = {}
    for event in events:
        total = indicator.total(event.fields)
        good = indicator.good(event.fields)
        if indicator.together:
            good = good and total
        if not total and not good:
            continue
        weight = 1
        if indicator.weight is not None and indicator.weight in event.fields:
            weight = int(str(event.fields[indicator.weight]))
        group = tuple(str(event.fields.get(name, "")) for name in indicator.group_by)
        count = Count(event.at, weight if good else 0, weight if total else 0)
        groups.setdefault(group, []).append(count)
    return groups

"""What an objective counts over a window: its series, added up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.api.figures import Count, Facts
from shared.domain.corrected import corrected_series
from shared.domain.slicing import Slicing, joint_key, slices_key, slicing_of
from shared.domain.slo import SLO, Indicator, Objective
from shared.wire import GroupName

CountOf = Callable[[int], Count | None]


def tally(
    count_of: CountOf, facts: Facts, slo: SLO, objective: Objective, group: GroupName | None = None
) -> Count | None:
    """Return what the budget of an objective, or of one group of it, counts; None: not known.

    These are events or slices, of RatioTimeslices parts of slices. `count_of` gives the count of
    a series.
    """
    if slicing_of(slo, objective) is not None:
        return _sum(count_of, slices_of(slo, objective, facts, group))
    return events(count_of, facts, slo, objective, group)


def events(
    count_of: CountOf, facts: Facts, slo: SLO, objective: Objective, group: GroupName | None = None
) -> Count | None:
    """Return the events of an objective, or of one group of it; None when that is not known.

    Good and total from different data sources are counted apart; the ratio stays within 0..1.
    """
    total = _sum(count_of, series_of(slo, objective.indicator, facts, group))
    if total is None or objective.good_indicator is None:
        return total
    other = _sum(count_of, series_of(slo, objective.good_indicator, facts, group))
    if other is None:
        return None
    good = total.total - other.total if objective.other_is_bad else other.total
    return Count(min(max(good, 0), total.total), total.total)


@dataclass(frozen=True, slots=True)
class Shown:
    """A count as it is shown: events or slices; `good` is None for the ratios of slices."""

    good: int | None
    total: int

    @property
    def bad(self) -> int | None:
        """What was not good."""
        return None if self.good is None else self.total - self.good


def shown_of(count: Count, slicing: Slicing | None) -> Shown:
    """Return the number of events or slices that a budget's count stands for."""
    if slicing is not None and slicing.ratio:
        return Shown(None, count.total // slicing.whole)
    return Shown(count.good, count.total)


def joint(
    count_of: CountOf, facts: Facts, slo: SLO, group: GroupName | None = None
) -> Count | None:
    """Return the slices of a composite, each counted once for all of its parts."""
    return _sum(count_of, joint_series(slo, facts, group))


def slices_of(
    slo: SLO, objective: Objective, facts: Facts, group: GroupName | None = None
) -> list[int]:
    """Return the series that count the slices of an objective: all its groups' if none is named."""
    found = _groups(slo, objective.indicator, facts, group)
    return [slices_key(slo, objective, values) for values in found]


def joint_series(slo: SLO, facts: Facts, group: GroupName | None = None) -> list[int]:
    """Return the series that count the slices of a composite's parts as one."""
    return [joint_key(slo, v) for v in _groups(slo, slo.objectives[0].indicator, facts, group)]


def series_of(slo: SLO, indicator: Indicator, facts: Facts, group: GroupName | None) -> list[int]:
    """Return the series of an indicator after exclusions: all its groups' when none is named."""
    found = _groups(slo, indicator, facts, group)
    return [corrected_series(slo, indicator, values) for values in found]


def _groups(
    slo: SLO, indicator: Indicator, facts: Facts, group: GroupName | None
) -> list[tuple[str, ...]]:
    """Return the values of one group or of all; nothing stands for what has no groups."""
    if not indicator.group_by:
        return [()]
    if group is not None:
        return [group.values]
    return [name.values for name in facts.groups.get((slo.name, indicator.key), ())]


def groups_of(slo: SLO, facts: Facts) -> Iterator[tuple[dict[str, str], GroupName]]:
    """Yield the groups that were found, as field and value, by their values."""
    indicators = {i.key: i for i in slo.measures() if i.group_by}
    seen: set[tuple[str, ...]] = set()
    names = [name for key in indicators for name in facts.groups.get((slo.name, key), ())]
    for name in sorted(names, key=lambda name: name.values):
        if name.values not in seen:
            seen.add(name.values)
            fields = [".".join(path) for path in indicators[name.indicator].group_by]
            yield dict(zip(fields, name.values, strict=False)), name


def _sum(count_of: CountOf, series: list[int]) -> Count | None:
    good = total = 0
    for key in series:
        count = count_of(key)
        if count is None:
            return None
        good, total = good + count.good, total + count.total
    return Count(good, total)

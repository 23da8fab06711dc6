"""What an objective counts over a window: its series, added up."""

from collections.abc import Callable, Iterator

from services.api.figures import Count, Facts
from shared.domain.series import series_key
from shared.domain.slo import SLO, Indicator, Objective
from shared.wire import GroupName

CountOf = Callable[[int], Count | None]


def tally(
    count_of: CountOf, facts: Facts, slo: SLO, objective: Objective, group: GroupName | None = None
) -> Count | None:
    """Return what an objective counts, or one group of it; None when that is not known.

    `count_of` gives the count of a series. Good and total from different data sources are
    counted apart; the ratio stays within 0..1.
    """
    total = _sum(count_of, series_of(slo, objective.indicator, facts, group))
    if total is None or objective.good_indicator is None:
        return total
    other = _sum(count_of, series_of(slo, objective.good_indicator, facts, group))
    if other is None:
        return None
    good = total.total - other.total if objective.other_is_bad else other.total
    return Count(min(max(good, 0), total.total), total.total)


def series_of(slo: SLO, indicator: Indicator, facts: Facts, group: GroupName | None) -> list[int]:
    """Return the series that hold an indicator's counts: all its groups' when none is named."""
    if not indicator.group_by:
        return [series_key(slo.name, indicator.key)]
    if group is not None:
        return [series_key(slo.name, indicator.key, group.values)]
    return [name.series for name in facts.groups.get((slo.name, indicator.key), ())]


def groups_of(slo: SLO, facts: Facts) -> Iterator[tuple[dict[str, str], GroupName]]:
    """Yield the groups that were found, as field and value, by their values."""
    indicators = {i.key: i for i in slo.indicators() if i.group_by}
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

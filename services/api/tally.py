"""What an objective counts over a window: its series, added up."""

from collections.abc import Iterator

from services.api.figures import NOTHING, Count, Facts, Figures
from shared.domain.series import series_key
from shared.domain.slo import SLO, Indicator, Objective
from shared.wire import GroupName


def tally(
    figures: Figures, slo: SLO, objective: Objective, group: GroupName | None, length: int
) -> Count | None:
    """Return what an objective counts over a window, or one group of it; None when not known.

    Good and total from different data sources are counted apart; the ratio stays within 0..1.
    """
    total = _of_indicator(figures, slo, objective.indicator, group, length)
    if total is None or objective.good_indicator is None:
        return total
    other = _of_indicator(figures, slo, objective.good_indicator, group, length)
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


def _of_indicator(
    figures: Figures, slo: SLO, indicator: Indicator, group: GroupName | None, length: int
) -> Count | None:
    sum_of = NOTHING
    series = series_of(slo, indicator, figures.facts(), group)
    for key in series:
        count = figures.counted(key, length)
        if count is None:
            return None
        sum_of = Count(sum_of.good + count.good, sum_of.total + count.total)
    return sum_of

"""Names of what is counted after exclusions, and what must be subtracted to get there."""

from collections.abc import Sequence
from dataclasses import replace

from shared.domain.exclusion import meetings
from shared.domain.predicate import And, Predicate
from shared.domain.series import indicator_key, series_key
from shared.domain.slo import SLO, Indicator, Subtracted


def corrected_key(slo: SLO, indicator: Indicator) -> str:
    """Return what an indicator is called after the exclusions of its SLO.

    It depends on all that they exclude: after a change it is another one.
    """
    if not slo.exclusions:
        return indicator.key
    return f"{indicator.key} without {[(one.times, one.predicate) for one in slo.exclusions]!r}"


def corrected_series(slo: SLO, indicator: Indicator, group: Sequence[str] = ()) -> int:
    """Return the series that holds an indicator's counts after the exclusions of its SLO."""
    return series_key(slo.name, corrected_key(slo, indicator), group)


def before_exclusions(slo: SLO) -> SLO:
    """Return the same SLO as if nothing was excluded."""
    return replace(slo, exclusions=(), subtracted=())


def subtracted_of(slo: SLO) -> tuple[Subtracted, ...]:
    """Return what must be counted besides, so that excluded events can be taken out again.

    Of exclusions that are in force at once the sums of each are subtracted, those of every two
    together added, and so on: what several exclude is taken out once.
    """
    indicators = slo.measures()
    return tuple(
        Subtracted(indicator.key, members, _excluded(indicator, slo, members))
        for members in meetings(slo.exclusions)
        for indicator in indicators
    )


def _excluded(indicator: Indicator, slo: SLO, members: Sequence[int]) -> Indicator:
    given = [slo.exclusions[at].predicate for at in members]
    predicates = [predicate for predicate in given if predicate is not None]
    total = _all(indicator.total, *predicates)
    good = _all(indicator.good, *predicates)
    key = indicator_key(
        indicator.source,
        total,
        good,
        weight_field=indicator.weight_field,
        group_by=indicator.group_by,
    )
    return replace(indicator, key=key, total=total, good=good, value_field=None)


def _all(first: Predicate, *others: Predicate) -> Predicate:
    """Return the condition that all of these hold, each of them once."""
    parts = first.parts if isinstance(first, And) else (first,)
    return And(tuple({repr(part): part for part in (*parts, *others)}.values()))

"""From when on each indicator and each objective is counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.evaluator.domain.fold import Fold
from services.evaluator.domain.sliced import Counted
from services.evaluator.domain.watch import NONE, Watch
from shared.domain.slo import Objective


@dataclass(frozen=True, slots=True)
class Since:
    """Moments in milliseconds; what is not counted yet is missing."""

    indicators: Mapping[Counted, int] = field(default_factory=dict)
    objectives: Mapping[tuple[str, str], int] = field(default_factory=dict)


class CountedSince:
    """Looks it up in what the sources reported, and remembers it while nothing changed."""

    def __init__(self) -> None:
        self._seen: object = None
        self._since = Since()

    def of(self, fold: Fold, watch: Watch | None) -> Since:
        """Return the moments; the same object as the last time while nothing changed."""
        reports = fold.claims.reports
        seen = watch, {t: (r[-1].revision, r[-1].at) for t, r in reports.items() if r}
        if seen != self._seen:
            self._seen = seen
            self._since = Since() if watch is None else _look_up(fold, watch)
        return self._since


def _look_up(fold: Fold, watch: Watch) -> Since:
    known: dict[tuple[str, int], int | None] = {}
    indicators: dict[Counted, int] = {}
    objectives: dict[tuple[str, str], int] = {}
    for slo in watch.slos:
        for indicator in slo.indicators():
            topic = indicator.source.topic
            revision = watch.counted_from.get((slo.name, indicator.key), NONE)
            if (topic, revision) not in known:
                known[topic, revision] = fold.counted_since(topic, revision)
            moment = known[topic, revision]
            if moment is not None:
                indicators[slo.name, indicator.key] = moment
        for objective in slo.objectives:
            moments = [indicators.get((slo.name, key)) for key in _keys(objective)]
            found = [moment for moment in moments if moment is not None]
            if len(found) == len(moments):
                objectives[slo.name, objective.name] = max(found)
    return Since(indicators, objectives)


def _keys(objective: Objective) -> list[str]:
    other = objective.good_indicator
    return [objective.indicator.key, *([other.key] if other else [])]

"""From when on each objective is counted."""

from collections.abc import Mapping

from services.evaluator.domain.fold import Fold
from services.evaluator.domain.sliced import Promise
from services.evaluator.domain.watch import NONE, Watch


class CountedSince:
    """Looks it up in what the sources reported, and remembers it while nothing changed."""

    def __init__(self) -> None:
        self._seen: object = None
        self._since: Mapping[Promise, int] = {}

    def of(self, fold: Fold, watch: Watch | None) -> Mapping[Promise, int]:
        """Return the moments (ms) by SLO and objective; without those not counted yet.

        It is the same object as the last time while nothing changed.
        """
        reports = fold.claims.reports
        seen = watch, {t: (r[-1].revision, r[-1].at) for t, r in reports.items() if r}
        if seen != self._seen:
            self._seen, self._since = seen, _look_up(fold, watch)
        return self._since


def _look_up(fold: Fold, watch: Watch | None) -> dict[Promise, int]:
    known: dict[tuple[str, int], int | None] = {}
    found: dict[Promise, int] = {}
    for slo in watch.slos if watch else ():
        for objective in slo.objectives:
            moments: list[int | None] = []
            for indicator in (objective.indicator, objective.good_indicator):
                if indicator is not None and watch is not None:
                    topic = indicator.source.topic
                    revision = watch.counted_from.get((slo.name, indicator.key), NONE)
                    if (topic, revision) not in known:
                        known[topic, revision] = fold.counted_since(topic, revision)
                    moments.append(known[topic, revision])
            if all(moment is not None for moment in moments):
                found[slo.name, objective.name] = max(m for m in moments if m is not None)
    return found

"""What the api is told of a shard: its snapshot."""

import numpy as np

from services.evaluator.domain.shard import Shard
from services.evaluator.domain.watch import NONE
from shared.snapshot import Snapshot


class Figures:
    """Forms the snapshots of one shard; remembers what seldom changes."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._seen: object = None
        self._since: dict[tuple[str, str], int] = {}
        self._table: object = None
        self._rows = np.empty(0, np.int64)

    def snapshot(self, at: int) -> Snapshot:
        """Return the figures of the shard as of its last advance, at `at`."""
        shard = self._shard
        self._look_up_rows()
        sums = shard.counters.sums[:, :, self._rows]
        watch = shard.watch
        topics = watch.topics if watch else ()
        groups = shard.register.groups
        return Snapshot(
            shard=shard.number,
            at=at,
            revision=watch.revision if watch else 0,
            windows=shard.counters.windows,
            series=shard.register.rows.series[self._rows],
            good=sums[0].T,
            total=sums[1].T,
            groups=tuple(n for key in (watch.reach if watch else ()) for n in groups.of(key)),
            watermarks={topic: shard.fold.watermark(topic) for topic in topics},
            counted_since=self._counted_since(),
            breached_at=shard.breaches.marks(),
            lost=dict(shard.fold.lost),
            ambiguous=dict(shard.fold.ambiguous),
            reported={topic: shard.fold.reported(topic) for topic in topics},
        )

    def _look_up_rows(self) -> None:
        if self._table is not self._shard.table:
            self._table = self._shard.table
            rows = self._shard.register.rows.find(self._shard.defined())
            self._rows = np.unique(rows[rows >= 0])

    def _counted_since(self) -> dict[tuple[str, str], int]:
        """Return from when on (ms) each objective is counted; without those not counted yet."""
        reports = self._shard.fold.claims.reports
        seen = self._shard.watch, {t: (r[-1].revision, r[-1].at) for t, r in reports.items() if r}
        if seen != self._seen:
            self._seen, self._since = seen, self._look_up_since()
        return self._since

    def _look_up_since(self) -> dict[tuple[str, str], int]:
        watch = self._shard.watch
        known: dict[tuple[str, int], int | None] = {}
        found: dict[tuple[str, str], int] = {}
        for slo in watch.slos if watch else ():
            for objective in slo.objectives:
                moments: list[int | None] = []
                for indicator in (objective.indicator, objective.good_indicator):
                    if indicator is not None and watch is not None:
                        topic = indicator.source.topic
                        revision = watch.counted_from.get((slo.name, indicator.key), NONE)
                        if (topic, revision) not in known:
                            since = self._shard.fold.counted_since(topic, revision)
                            known[topic, revision] = since
                        moments.append(known[topic, revision])
                if all(moment is not None for moment in moments):
                    found[slo.name, objective.name] = max(m for m in moments if m is not None)
        return found

"""What the api is told of a shard: its snapshot."""

import numpy as np

from services.evaluator.domain.alert import Alert
from services.evaluator.domain.shard import Shard
from shared.domain.window import is_hidden
from shared.snapshot import CurrentAlert, Snapshot


class Figures:
    """Forms the snapshots of one shard; remembers what seldom changes."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._table: object = None
        self._rows = np.empty(0, np.int64)
        self._alerts: tuple[CurrentAlert, ...] = ()
        self._alerts_as_of = -1

    def snapshot(self, at: int) -> Snapshot:
        """Return the figures of the shard, whose last advance was at `at`.

        What was read since is counted first: the watermarks know of it.
        """
        shard = self._shard
        shard.settle()
        self._look_up_rows()
        self._look_up_alerts()
        windows = tuple(one for one in shard.counters.windows if not is_hidden(one))
        sums = shard.counters.sums[:, : len(windows), self._rows]
        watch = shard.watch
        topics = watch.topics if watch else ()
        groups = shard.register.groups
        return Snapshot(
            shard=shard.number,
            at=at,
            revision=watch.revision if watch else 0,
            windows=windows,
            series=shard.register.rows.series[self._rows],
            good=sums[0].T,
            total=sums[1].T,
            groups=tuple(n for key in (watch.reach if watch else ()) for n in groups.of(key)),
            watermarks={topic: shard.fold.watermark(topic) for topic in topics},
            counted_since=dict(shard.counted_since().objectives),
            breached_at=shard.breaches.marks(),
            lost=dict(shard.fold.lost),
            ambiguous=dict(shard.fold.ambiguous),
            reported={topic: shard.fold.reported(topic) for topic in topics},
            alerts=self._alerts,
        )

    def _look_up_rows(self) -> None:
        if self._table is not self._shard.table:
            self._table = self._shard.table
            rows = self._shard.register.rows.find(self._shard.defined())
            self._rows = np.unique(rows[rows >= 0])

    def _look_up_alerts(self) -> None:
        alerting = self._shard.alerting
        if self._alerts_as_of != alerting.version:
            self._alerts_as_of = alerting.version
            self._alerts = tuple(_current(one.alert) for one in alerting.open_alerts())


def _current(alert: Alert) -> CurrentAlert:
    return CurrentAlert(
        alert.key.slo,
        alert.key.objective,
        alert.key.group,
        alert.key.policy,
        alert.key.condition,
        alert.severity,
        alert.state,
        alert.began_at if alert.fired_at is None else alert.fired_at,
        alert.id,
    )

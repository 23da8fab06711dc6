"""A still of a shard: all that a scrape shows, copied at one moment.

Taking it costs milliseconds, so the event loop does it; making text of it may take a second, which
a thread does, while the shard goes on.
"""

from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.check import Checks
from services.evaluator.domain.delta import TOTAL, Bools, Ints
from services.evaluator.domain.shard import Shard
from services.evaluator.domain.table import Table
from shared.domain.reason import Reason
from shared.domain.window import WindowKey


@dataclass(frozen=True, slots=True)
class Still:
    """What one shard showed when its last tick was at `at`, in seconds.

    `sums` are those of `windows`, (2, windows, rows); `since_load` (2, rows). `firing` tells of
    each of `checks` whether its alert fires. `invalid` are rejected records by topic and reason.
    """

    at: int
    table: Table
    windows: tuple[WindowKey, ...]
    sums: Ints
    since_load: Ints
    checks: Checks | None
    firing: Bools
    invalid: tuple[tuple[str, Reason, int], ...]


def still_of(shard: Shard) -> Still:
    """Return what a shard shows now."""
    counters = shard.counters
    return Still(
        counters.at,
        shard.table,
        tuple(counters.windows),
        counters.sums.copy(),
        counters.since_load.copy(),
        shard.alerting.checks,
        shard.alerting.firing(),
        tuple(_invalid(shard)),
    )


def _invalid(shard: Shard) -> list[tuple[str, Reason, int]]:
    invalid = shard.watch.invalid if shard.watch else {}
    rows = shard.register.rows.find(np.array(list(invalid), np.uint64))
    return [
        (topic, reason, max(0, int(shard.counters.since_load[TOTAL, row])))
        for (topic, reason), row in zip(invalid.values(), rows.tolist(), strict=True)
        if 0 <= row < shard.counters.rows
    ]

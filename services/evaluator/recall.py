"""Brings back what a period counted of which the stored counts have been thinned out.

The period before the current year began more than 400 days ago when the year is older than a
month. Its total, written when it ended, is what this year's is expected to come to at least.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol

import numpy as np

from services.evaluator.domain.shard import Shard
from services.evaluator.domain.watch import Watched
from services.evaluator.period_record import counted_in, group_fields
from shared.domain.window import QUARTER_HOUR, Calendar
from shared.sql.period_rows import PeriodRow

SLOS_AT_ONCE = 500

Name = tuple[str | tuple[str, str], ...]  # SLO, objective, and the fields of the group


class EndedStore(Protocol):
    """Where the totals of periods are kept for good."""

    async def ended(
        self, slos: Collection[str], start: datetime, end: datetime
    ) -> Sequence[PeriodRow]:
        """Return what these SLOs, and their groups, counted in the period from start to end."""


async def recall(store: EndedStore, shard: Shard) -> None:
    """Let periods before the current ones count what was written of them, where that is needed."""
    thinned, table = shard.progress.thinned.get(QUARTER_HOUR, 0), shard.table
    for index, (window, bounds) in enumerate(shard.counters.bounds):
        if not isinstance(window, Calendar) or not window.back or bounds[0] >= thinned:
            continue
        own = shard.counters.windows.index(Calendar(window.window))
        entries = np.flatnonzero((table.window == own) & (table.counted.row >= 0)).tolist()
        written = await _written(store, {table.entries[at].slo.name for at in entries}, bounds)
        for at in entries:
            row = written.get(_name(table.entries[at]))
            if row is not None:
                place = int(table.counted.row[at])
                shard.counters.sums[:, index, place] = counted_in(row, table.entries[at])


async def _written(
    store: EndedStore, slos: Collection[str], bounds: tuple[int, int]
) -> dict[Name, PeriodRow]:
    """Return the rows of one period of these SLOs."""
    start, end = (datetime.fromtimestamp(at, UTC) for at in bounds)
    found: dict[Name, PeriodRow] = {}
    names = iter(sorted(slos))
    while some := list(islice(names, SLOS_AT_ONCE)):
        for row in await store.ended(some, start, end):
            found[row.slo, row.objective, *sorted(row.group.items())] = row
    return found


def _name(entry: Watched) -> Name:
    return entry.slo.name, entry.objective.name, *sorted(group_fields(entry).items())

"""Objectives with groups, judged by what all groups counted together."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.column import Columns
from services.evaluator.domain.delta import Bools, Ints
from services.evaluator.domain.table import Table, cut_of
from services.evaluator.domain.turning import turning_of
from services.evaluator.domain.watch import watched
from shared.domain.window import WindowKey


@dataclass(frozen=True, slots=True, eq=False)
class Wholes:
    """All groups of each objective together: `table` has an entry for each such objective.

    Its rows are sums of the rows `added` of the counters, each from one of `starts` to the next:
    first those that its entries count, then those that they count apart, if any do. `first` is an
    entry of each in the table of the groups, and `planes` are the windows that matter.
    """

    table: Table
    first: Ints
    added: Ints
    starts: Ints
    planes: Ints

    def breached(self, sums: Ints, stale: Bools, at: int) -> Bools:
        """Return which of them break their promise; see `Table.breached`."""
        rows = sums[:, self.planes][:, :, self.added]
        rows[:, :, self.added < 0] = 0
        whole = np.zeros((*sums.shape[:2], len(self.starts)), np.int64)
        whole[:, self.planes] = np.add.reduceat(rows, self.starts, axis=2)
        return self.table.breached(whole, stale[self.first], at)


def wholes_of(table: Table, windows: Sequence[WindowKey]) -> Wholes | None:
    """Return the objectives of a table that have groups, None where nothing has."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, entry in enumerate(table.entries):
        if entry.group is not None:
            found[entry.slo.name, entry.objective.name].append(at)
    if not found:
        return None
    members = [np.array(entries, np.int64) for entries in found.values()]
    first = np.array([entries[0] for entries in members], np.int64)
    groups = np.array([len(entries) for entries in members], np.int64)
    entries = tuple(watched(table.entries[at].slo, table.entries[at].objective) for at in first)
    size, counted = len(entries), table.counted
    numbers = np.arange(size)
    columns = Columns(numbers, size + numbers, counted.apart[first], counted.other_is_bad[first])
    turning = turning_of(entries, {window: index for index, window in enumerate(windows)})
    own, before = table.window[first], table.before[first]
    whole = Table(
        entries,
        columns,
        columns,
        own,
        before,
        table.periods,
        cut_of(entries, groups),
        table.allowed[first],
        turning,
        table.topics[first],
        table.topic_sets,
    )
    sides = (counted.row, counted.other) if counted.apart.any() else (counted.row,)
    parts = [side[entries] for side in sides for entries in members]
    sizes = np.tile(groups, len(sides))
    planes = np.concatenate((own, before, turning.window if turning else own))
    return Wholes(
        whole,
        first,
        np.concatenate(parts),
        np.cumsum(sizes) - sizes,
        np.unique(planes[planes >= 0]),
    )

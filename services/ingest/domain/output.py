"""Turns what was counted into sorted cells for each counts partition."""

from collections.abc import Iterable

import numpy as np

from services.ingest.domain.serieslist import SeriesList
from services.ingest.domain.tally import Sums
from shared.wire import Cells, GroupName, no_cells

_BUCKET_BITS = 33


def cells_by_shard(
    parts: Iterable[Sums], series: SeriesList, shards: int
) -> list[tuple[Cells, tuple[GroupName, ...]]]:
    """Return the cells of each shard and the names of its groups; without cells of 0 events."""
    found = [part for part in parts if len(part.series)]
    if not found:
        return [(no_cells(), series.groups(shard)) for shard in range(shards)]
    order = series.sorted()
    places = order.places[np.concatenate([part.series for part in found])]
    keys = places << _BUCKET_BITS | np.concatenate([part.bucket for part in found])
    keys, rows = np.unique(keys, return_inverse=True)
    good, total = (
        np.bincount(rows, np.concatenate(column), len(keys)).astype(np.int64)
        for column in ([part.good for part in found], [part.total for part in found])
    )
    kept = total > 0
    keys, good, total = keys[kept], good[kept], total[kept]
    places = keys >> _BUCKET_BITS
    bounds = np.searchsorted(order.shards[places], np.arange(shards + 1))
    whole = Cells(order.keys[places], keys & ((1 << _BUCKET_BITS) - 1), good, total)
    return [
        (_slice(whole, int(bounds[shard]), int(bounds[shard + 1])), series.groups(shard))
        for shard in range(shards)
    ]


def _slice(cells: Cells, start: int, end: int) -> Cells:
    return Cells(
        cells.series[start:end],
        cells.bucket[start:end],
        cells.good[start:end],
        cells.total[start:end],
    )

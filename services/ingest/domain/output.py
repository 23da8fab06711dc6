"""Turns what was counted into sorted cells for each counts partition."""

from collections.abc import Iterable

import numpy as np

from services.ingest.domain.serieslist import SeriesList
from services.ingest.domain.tally import Sums, add_up
from shared.wire import Cells, GroupName, no_cells

_COLUMNS = ("series", "bucket", "good", "total")


def cells_by_shard(
    parts: Iterable[Sums], series: SeriesList, shards: int
) -> list[tuple[Cells, tuple[GroupName, ...]]]:
    """Return the cells of each shard and the names of its groups; without cells of 0 events."""
    found = [part for part in parts if len(part.series)]
    groups = series.groups()
    if not found:
        return [(no_cells(), groups[shard]) for shard in range(shards)]
    order = series.sorted()
    column = {name: np.concatenate([getattr(part, name) for part in found]) for name in _COLUMNS}
    places, buckets, (good, total) = add_up(
        order.places[column["series"]], column["bucket"], [column["good"], column["total"]]
    )
    kept = total > 0
    places = places[kept]
    bounds = np.searchsorted(order.shards[places], np.arange(shards + 1))
    whole = Cells(order.keys[places], buckets[kept], good[kept], total[kept])
    return [
        (_slice(whole, int(bounds[shard]), int(bounds[shard + 1])), groups[shard])
        for shard in range(shards)
    ]


def _slice(cells: Cells, start: int, end: int) -> Cells:
    return Cells(
        cells.series[start:end],
        cells.bucket[start:end],
        cells.good[start:end],
        cells.total[start:end],
    )

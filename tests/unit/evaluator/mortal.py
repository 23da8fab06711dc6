"""Owners of one shard that crash and come back, beside one that does not."""

from dataclasses import dataclass, field
from typing import Any

from services.evaluator.domain.shard import Shard
from services.evaluator.domain.watch import Watch
from services.evaluator.figures import Figures
from services.evaluator.load import load
from services.evaluator.save import completed, prepare
from shared.domain.window import Between
from shared.memory import MemoryShards
from shared.snapshot import Snapshot
from shared.wire import Counts
from tests.unit.evaluator.build import NOW


@dataclass
class World:
    """A log, a store, an owner that crashes and one that does not."""

    watch: Watch
    at: int = NOW
    log: list[tuple[int, Counts]] = field(default_factory=list)
    store: MemoryShards = field(default_factory=MemoryShards)
    epoch: int = 0

    async def owner(self) -> Shard:
        loaded = await load(self.store, 0, 1, self.watch, self.at)
        self.epoch = loaded.epoch
        self.catch_up(loaded.shard)
        return loaded.shard

    def catch_up(self, shard: Shard) -> None:
        for offset in range(shard.progress.next_offset, len(self.log)):
            shard.apply(offset, *self.log[offset])
        shard.settle()

    async def save(self, shard: Shard, *, lost: bool = False) -> None:
        flush = await completed(self.store, prepare(shard, self.epoch))
        if not lost:
            await self.store.flush(flush)


def figures(shard: Shard, at: int) -> dict[str, Any]:
    snapshot: Snapshot = Figures(shard).snapshot(at)
    shown = [i for i, one in enumerate(snapshot.windows) if not isinstance(one, Between)]
    good, total = (counts[:, shown].tolist() for counts in (snapshot.good, snapshot.total))
    rows = zip(snapshot.series.tolist(), good, total, strict=True)
    return {
        "allowed": shard.table.allowed_over_window(shard.counters.sums, at).tolist(),
        "counts": {series: (good, total) for series, good, total in rows if any(total + good)},
        "groups": {g.series: g.values for g in snapshot.groups},
        "since": snapshot.counted_since,
        "watermarks": snapshot.watermarks,
    }

"""The totals of periods that are over, in memory: as `shared.sql.period_rows` keeps them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from shared.memory import MemoryShards
from shared.sql.period_rows import PeriodRow


class MemoryPeriodTotals:
    """What the flushes of shards said of periods."""

    def __init__(self, shards: MemoryShards) -> None:
        self._shards = shards

    async def totals(
        self, slo: str, objectives: Collection[str], start_from: datetime, start_to: datetime
    ) -> Sequence[PeriodRow]:
        """Return what these objectives counted in periods that start in a range, by their start."""
        found = [
            row
            for row in self._shards.periods.values()
            if row.slo == slo and row.objective in objectives and start_from <= row.start < start_to
        ]
        return sorted(found, key=lambda row: (row.start, row.objective))

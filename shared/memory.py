"""The stores, in memory: for tests. They keep the contract of the ones in `shared.sql`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.errors import Fenced
from shared.memory_alerts import MemoryAlerts
from shared.sql.period_rows import PeriodKey, PeriodRow
from shared.sql.shard_rows import Claim, Flush, Segment, StatusRow, StoredStatus
from shared.sql.shards import THINNED_AT_ONCE


@dataclass(slots=True)
class _Shard:
    epoch: int = 0
    next_offset: int = 0
    topic_id: str = ""
    state: bytes | None = None
    names: bytes | None = None
    closed: tuple[int, int] = (0, 0)
    segments: dict[tuple[int, int, int], bytes] = field(default_factory=dict)
    version: int = 0
    status: bytes | None = None


class MemoryShards:
    """Checkpoints, segments and statuses in dicts; `alerts` is what flushes said of alerts."""

    def __init__(self) -> None:
        self.alerts = MemoryAlerts()
        self.periods: dict[PeriodKey, PeriodRow] = {}
        self._shards: dict[int, _Shard] = {}

    async def claim(self, number: int) -> Claim:
        shard = self._shards.setdefault(number, _Shard())
        shard.epoch += 1
        return Claim(
            shard.epoch, shard.next_offset, shard.topic_id, shard.state, shard.names, *shard.closed
        )

    async def flush(self, flush: Flush) -> None:
        shard = self._shards.get(flush.shard)
        if shard is None or shard.epoch != flush.epoch:
            raise Fenced(f"shard {flush.shard} was taken over from epoch {flush.epoch}")
        shard.next_offset = flush.next_offset
        shard.topic_id = flush.topic_id
        shard.state = flush.state
        shard.closed = (flush.closed_10s, flush.closed_60s)
        if flush.names is not None:
            shard.names = flush.names
        shard.segments |= {(s.tier, s.start, s.block): s.data for s in flush.segments}
        for tier, before in flush.thin.items():
            old = sorted(key for key in shard.segments if key[0] == tier and key[1] < before)
            for key in old[:THINNED_AT_ONCE]:
                del shard.segments[key]
        self.alerts.write(flush.alerts)
        self.periods |= {row.key: row for row in flush.periods}

    async def ended(
        self, slos: Collection[str], start: datetime, end: datetime
    ) -> Sequence[PeriodRow]:
        return [
            row
            for row in self.periods.values()
            if row.slo in slos and (row.start, row.end) == (start, end)
        ]

    async def segments(
        self,
        number: int,
        tier: int,
        start_from: int,
        start_to: int,
        blocks: Sequence[int] | None = None,
    ) -> list[Segment]:
        return [
            Segment(*key, data)
            for key, data in sorted(self._shard(number).segments.items())
            if key[0] == tier
            and start_from <= key[1] < start_to
            and (blocks is None or key[2] in blocks)
        ]

    async def names(self, number: int) -> bytes | None:
        return self._shard(number).names

    async def closed(self, number: int) -> tuple[int, int]:
        return self._shard(number).closed

    async def known(self) -> list[int]:
        return sorted(self._shards)

    def epoch(self, number: int) -> int:
        """Return the epoch of a shard's owner, 0 before there was one."""
        return self._shard(number).epoch

    async def put_statuses(self, statuses: Sequence[StatusRow]) -> list[int]:
        fenced = []
        for row in sorted(statuses, key=lambda row: row.shard):
            shard = self._shard(row.shard)
            if shard.epoch != row.epoch:
                fenced.append(row.shard)
                continue
            shard.version += 1
            shard.status = row.data
        return fenced

    async def statuses(self, known: Mapping[int, int]) -> list[StoredStatus]:
        return [
            StoredStatus(number, shard.version, shard.status)
            for number, shard in sorted(self._shards.items())
            if shard.status is not None and known.get(number) != shard.version
        ]

    def _shard(self, number: int) -> _Shard:
        return self._shards.get(number, _Shard())


class MemoryCluster:
    """What was decided once, and when each shard was well, in attributes."""

    def __init__(self) -> None:
        self._counts_partitions: int | None = None
        self._vouched: dict[int, int] = {}

    async def counts_partitions(self, found: int) -> int:
        if self._counts_partitions is None:
            self._counts_partitions = found
        return self._counts_partitions

    async def vouch(self, shards: Collection[int], *, at: int, since: int) -> list[int]:
        self._vouched |= dict.fromkeys(shards, at)
        every = range(self._counts_partitions or 0)
        return [number for number in every if self._vouched.get(number, since - 1) < since]

    async def recorded_partitions(self) -> int | None:
        return self._counts_partitions

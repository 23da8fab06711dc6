"""The current figures of all shards, as the evaluators last wrote them."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from services.api.figures import ShardFigures, unknown_figures
from shared.domain.series import shard_of
from shared.snapshot import decode_snapshot
from shared.sql.shard_rows import StoredStatus


class StatusStore(Protocol):
    """Where the evaluators leave their figures, one row a shard."""

    async def statuses(self, known: Mapping[int, int]) -> list[StoredStatus]:
        """Return the rows whose version is not the known one."""


class ClusterStore(Protocol):
    """What all processes of the installation agree on."""

    async def recorded_partitions(self) -> int | None:
        """Return the number of shards; None before the first start of ingest or evaluator."""


@dataclass(frozen=True, slots=True)
class Board:
    """The figures of every shard at one moment; `shards` is None before anything ever ran."""

    shards: int | None
    figures: Mapping[int, ShardFigures]

    def of(self, slo: str, now: int) -> ShardFigures:
        """Return the figures of the shard that counts an SLO; unknown ones when there are none."""
        shard = shard_of(slo, self.shards) if self.shards else -1
        return self.figures.get(shard) or unknown_figures(shard, now)

    def lost(self) -> dict[str, int]:
        """Return how many offsets were deleted before they were read, by topic.

        Each loss is reported by one shard only.
        """
        found: dict[str, int] = {}
        for figures in self.figures.values():
            for topic, offsets in figures.snapshot.lost.items():
                found[topic] = found.get(topic, 0) + offsets
        return found

    def reported_revision(self, topics: Collection[str]) -> int | None:
        """Return the revision by which all these topics are being counted; None when one is not.

        Ingest sends to every shard before it goes on, so one shard that heard of a topic is
        witness enough: a shard whose evaluator is away must not hold the answer back. A shard
        tells only of the topics that its own SLOs read.
        """
        oldest = min(map(self._reported, topics))
        return None if oldest < 0 else oldest

    def _reported(self, topic: str) -> int:
        heard = (figures.snapshot.reported.get(topic, -1) for figures in self.figures.values())
        return max(heard, default=-1)


class CurrentBoard:
    """Gives the current figures; asks for the versions each time, decodes what is new."""

    def __init__(self, statuses: StatusStore, cluster: ClusterStore) -> None:
        self._statuses = statuses
        self._cluster = cluster
        self._versions: dict[int, int] = {}
        self._board = Board(None, {})
        self._loading = asyncio.Lock()

    async def get(self) -> Board:
        """Return the figures of all shards at this moment; the same board while nothing changed."""
        async with self._loading:
            shards = self._board.shards
            if shards is None:
                shards = await self._cluster.recorded_partitions()
            rows = await self._statuses.statuses(self._versions)
            if rows or shards != self._board.shards:
                new = {row.shard: ShardFigures(decode_snapshot(row.data)) for row in rows}
                self._board = Board(shards, {**self._board.figures, **new})
                self._versions |= {row.shard: row.version for row in rows}
            return self._board

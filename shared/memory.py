"""The stores, in memory: for tests. They keep the contract of the ones in `shared.sql`."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.definitions.former import Revised
from shared.domain.errors import Fenced, NotFound
from shared.domain.signing import Wish
from shared.memory_alerts import MemoryAlerts
from shared.sql.agreements import KIND, Versions, new_versions, signed, steps_of
from shared.sql.audit import AuditQuery, Author, Recorded, latest_first
from shared.sql.definitions import (
    REACH,
    Applied,
    Change,
    Stored,
    StoredDefinition,
    applied,
    check_base,
    utc_now,
)
from shared.sql.period_rows import PeriodKey, PeriodRow
from shared.sql.revision import Body, Name, Step, decide
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


class MemoryDefinitions:
    """Definitions and their history in dicts."""

    def __init__(self, *, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self._revision = 0
        self._texts: dict[Name, str] = {}
        self._revisions: dict[Name, tuple[int, int]] = {}  # created, changed
        self._changes: list[Recorded] = []
        self._counted_from: dict[tuple[str, str], int] = {}
        self._agreements: Versions = {}

    async def revision(self) -> int:
        return self._revision

    async def load(self) -> Stored:
        bodies = tuple(json.loads(text) for _, text in sorted(self._texts.items()))
        counted_from = dict(sorted(self._counted_from.items()))
        revised = tuple(
            Revised(one.name, one.revision, one.at, one.before, one.after)
            for one in self._changes
            if one.kind == "SLO" and one.before and one.after and one.at >= self._now() - REACH
        )
        agreements = dict(self._agreements)
        return Stored(self._revision, bodies, counted_from, agreements, revised)

    async def apply(self, change: Change) -> Applied:
        check_base(change, self._revision)
        outcome = decide(change.bodies, change.deletions, self._texts)
        if outcome.steps:
            self._revision += 1
            new = new_versions(change.terms, self._agreements, self._now(), change.author)
            for one in new:
                there = self._agreements.get(one.agreement, ())
                self._agreements[one.agreement] = (*there, one)
            for step in steps_of(new, outcome.steps):
                if step.before != step.after:
                    self._take(step)
                self._record(step, change.author)
            self._counted_from = {
                pair: self._counted_from.get(pair, self._revision) for pair in change.indicators
            }
        return applied(self._revision, outcome)

    async def sign(self, agreement: str, wish: Wish, author: Author) -> int:
        if agreement not in self._agreements:
            raise NotFound(KIND, agreement)
        there = self._agreements[agreement]
        changed, step = signed(there, wish, self._now())
        by_number = {one.version.number: one for one in (*there, *changed)}
        self._agreements[agreement] = tuple(by_number[one.version.number] for one in there)
        self._revision += 1
        self._record(step, author)
        return self._revision

    async def list(
        self, kind: str | None = None, after: Name | None = None, limit: int = 100
    ) -> list[StoredDefinition]:
        names = [
            name
            for name in sorted(self._texts)
            if kind in (None, name[0]) and (after is None or name > after)
        ]
        return [self._stored(name) for name in names[:limit]]

    async def get(self, kind: str, name: str) -> StoredDefinition:
        if (kind, name) not in self._texts:
            raise NotFound(kind, name)
        return self._stored((kind, name))

    async def history(self, kind: str, name: str) -> Sequence[Recorded]:
        return (await self.changes(AuditQuery(kind, name)))[::-1]

    async def changes(self, query: AuditQuery) -> Sequence[Recorded]:
        return latest_first([one for one in self._changes if query.holds(one)])[: query.limit]

    def _take(self, step: Step) -> None:
        name = (step.kind, step.name)
        if step.after is None:
            del self._texts[name], self._revisions[name]
        else:
            created, _ = self._revisions.get(name, (self._revision, 0))
            self._texts[name] = step.after
            self._revisions[name] = (created, self._revision)

    def _record(self, step: Step, author: Author) -> None:
        self._changes.append(
            Recorded(
                self._revision,
                self._now(),
                author,
                step.kind,
                step.name,
                step.action,
                _body(step.before),
                _body(step.after),
                step.note,
            )
        )

    def _stored(self, name: Name) -> StoredDefinition:
        return StoredDefinition(*name, json.loads(self._texts[name]), *self._revisions[name])


class MemoryCluster:
    """What was decided once, in an attribute."""

    def __init__(self) -> None:
        self._counts_partitions: int | None = None

    async def counts_partitions(self, found: int) -> int:
        if self._counts_partitions is None:
            self._counts_partitions = found
        return self._counts_partitions

    async def touch(self, at: int) -> None:
        """Do nothing: memory can always be written to."""

    async def recorded_partitions(self) -> int | None:
        return self._counts_partitions


def _body(text: str | None) -> Body | None:
    return None if text is None else json.loads(text)

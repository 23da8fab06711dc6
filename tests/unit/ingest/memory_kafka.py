"""Kafka in memory, as ingest sees it, with everything that can go wrong there on demand."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.evaluator.domain.fold import Fold
from shared.domain.errors import BrokerUnavailable, OffsetOutOfRange, RefusedMessage
from shared.kafka.dead_letters import DeadLetter
from shared.kafka.partition import Commit, Partition
from shared.kafka.topics import Topic
from shared.wire import Counts, decode_counts

SHARDS = 2


@dataclass(frozen=True)
class Record:
    """A record as the consumer hands it out."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass
class Log:
    """One partition; `end` may lie beyond the last record, as after a transaction."""

    records: list[Record] = field(default_factory=list)
    start: int = 0
    end: int = 0


class MemoryKafka:
    """Topics with ids, one group, the counts topic and the dead letters."""

    def __init__(self) -> None:
        self.topics: dict[str, Topic] = {}
        self.logs: dict[Partition, Log] = {}
        self.commits: dict[Partition, Commit] = {}
        self.counts: list[tuple[int, Counts]] = []
        self.letters: list[DeadLetter] = []
        self.order: list[str] = []  # of acknowledgements and commits
        self.member: MemoryRawLog | None = None
        self.failing_appends = 0
        self.refusing = ""
        self.reachable = True
        self._ids = 0

    def create(self, name: str, partitions: int = 1) -> None:
        """Create a topic, also once more."""
        self._ids += 1
        self.topics[name] = Topic(name, f"{name}-{self._ids}", partitions)
        self.logs |= {Partition(name, n): Log() for n in range(partitions)}

    def add_partitions(self, name: str, total: int) -> None:
        """Give a topic more partitions."""
        topic = self.topics[name]
        self.logs |= {Partition(name, n): Log() for n in range(topic.partitions, total)}
        self.topics[name] = Topic(name, topic.id, total)

    def append(
        self, name: str, values: Iterable[bytes | None], *, number: int = 0, timestamp: int = 0
    ) -> None:
        """Append records to a partition."""
        log = self.logs[Partition(name, number)]
        for value in values:
            log.records.append(Record(name, number, log.end, timestamp, value))
            log.end += 1

    def folded(self) -> dict[int, tuple[int, int]]:
        """Return good and total of every series, by our own fold of the counts topic."""
        folds = [Fold(q, SHARDS) for q in range(SHARDS)]
        sums: dict[int, tuple[int, int]] = {}
        for q, message in self.counts:
            difference = folds[q].apply(message, 0)
            for row in range(len(difference or ())):
                assert difference is not None
                series = int(difference.series[row])
                good, total = sums.get(series, (0, 0))
                more = int(difference.good[row]), int(difference.total[row])
                sums[series] = good + more[0], total + more[1]
        assert not any(fold.missed or fold.ambiguous for fold in folds)
        return {series: sum_ for series, sum_ in sums.items() if sum_ != (0, 0)}

    def check(self) -> None:
        """Raise BrokerUnavailable while nobody can be reached."""
        if not self.reachable:
            raise BrokerUnavailable("nobody answers")

    async def describe(self, names: Collection[str]) -> Mapping[str, Topic]:
        self.check()
        await asyncio.sleep(0.002)
        return {name: self.topics[name] for name in names if name in self.topics}

    async def append_all(self, messages: Mapping[int, bytes]) -> None:
        self.check()
        await asyncio.sleep(0)
        if self.refusing:
            raise RefusedMessage(self.refusing)
        for q, message in messages.items():
            if self.failing_appends:
                self.failing_appends -= 1
                raise BrokerUnavailable("no acknowledgement")
            self.counts.append((q, decode_counts(message)))
            self.order.append(f"counts {q}")

    async def send_all(self, letters: Sequence[DeadLetter]) -> int:
        self.check()
        await asyncio.sleep(0)
        self.letters += letters
        self.order.append(f"{len(letters)} letters")
        return 0


class MemoryRawLog:
    """The only member of the group."""

    def __init__(self, kafka: MemoryKafka) -> None:
        self.kafka = kafka
        self.subscribed: frozenset[str] = frozenset()
        self.positions: dict[Partition, int] = {}
        self.paused: set[Partition] = set()
        self.listener: Any = None
        self.owned: frozenset[Partition] = frozenset()
        self.reads = 0
        self.silent_for: float | None = 0.0
        kafka.member = self

    def subscribe(self, topics: Collection[str], listener: Any) -> None:
        self.subscribed, self.listener = frozenset(topics), listener
        self.rebalancing = asyncio.ensure_future(self.rebalance())

    async def rebalance(self, owned: Collection[Partition] | None = None) -> None:
        """Take everything away, and hand out these partitions, or all."""
        await self.listener.revoked(self.owned)
        self.positions.clear()
        everything = [p for p in self.kafka.logs if p.topic in self.subscribed]
        self.owned = frozenset(everything if owned is None else owned)
        await self.listener.assigned(self.owned)

    def seconds_since_fetch(self) -> float | None:
        return self.silent_for

    def assignment(self) -> frozenset[Partition]:
        return self.owned

    async def read(self, timeout_s: float, max_records: int) -> Mapping[Partition, Sequence[Any]]:
        self.kafka.check()
        self.reads += 1
        batches: dict[Partition, Sequence[Any]] = {}
        for partition, position in self.positions.items():
            log = self.kafka.logs[partition]
            if partition in self.paused:
                continue
            if not log.start <= position <= log.end:
                raise OffsetOutOfRange({partition: position})
            records = [r for r in log.records if r.offset >= position][:max_records]
            self.positions[partition] = records[-1].offset + 1 if records else log.end
            if records:
                batches[partition] = records
        if not batches:
            await asyncio.sleep(0.005)
        return batches

    def seek(self, partition: Partition, offset: int) -> None:
        self.positions[partition] = offset

    async def position(self, partition: Partition) -> int:
        return self.positions[partition]

    def pause(self, partitions: Iterable[Partition]) -> None:
        self.paused |= set(partitions)

    def resume(self, partitions: Iterable[Partition]) -> None:
        self.paused -= set(partitions)

    async def end_offsets(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        self.kafka.check()
        await asyncio.sleep(0)
        return {p: self.kafka.logs[p].end for p in partitions}

    async def beginning_offsets(self, partitions: Collection[Partition]) -> dict[Partition, int]:
        self.kafka.check()
        await asyncio.sleep(0)
        return {p: self.kafka.logs[p].start for p in partitions}

    async def committed(self, partitions: Collection[Partition]) -> dict[Partition, Commit | None]:
        self.kafka.check()
        await asyncio.sleep(0)
        return {p: self.kafka.commits.get(p) for p in partitions}

    async def commit_all(self, places: Mapping[Partition, Commit]) -> None:
        self.kafka.check()
        await asyncio.sleep(0)
        if not places.keys() <= self.owned:
            raise BrokerUnavailable("not yours")
        self.kafka.commits |= places
        self.kafka.order += [f"commit {place.offset}" for place in places.values()]

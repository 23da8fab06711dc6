"""The processes of the model. What they decide is decided by the product's own code."""

from collections import Counter
from collections.abc import Coroutine, Generator, Mapping, Sequence
from typing import Any

import numpy as np

from services.evaluator.domain.fold import Fold
from services.evaluator.domain.fold_codec import decode_fold, encode_fold
from services.ingest.delivery import CountsLog, Outlet, deliver
from services.ingest.domain.record import Raw, Rejected
from services.ingest.domain.resume import Commit, Start, resume
from services.ingest.domain.session import Emission, Session
from shared.wire import NEVER, Cells, GroupName, decode_counts
from tests.unit.protocol import world as model
from tests.unit.protocol.world import CHUNK_BLOCK, FILTER_BLOCK, Record, World

REVISION, SOURCE = 1_000, 10  # series = revision * REVISION + source * SOURCE + sli
READ_AHEAD = 3  # emissions that may wait while records are read
HEARTBEAT_CELLS = 2  # so small that both forms of a heartbeat occur


class Pause:
    """Hands control back to the adversary."""

    def __await__(self) -> Generator[None, None, None]:
        yield


class CellCounter:
    """Counts each (sli, offset) in a cell of its own, and never forgets a record."""

    def __init__(self, world: World, source: int) -> None:
        self.revision, self.source, self.shards = world.revision, source, len(world.topic)
        self.history: list[Record] = []
        self.counted: list[set[tuple[int, int]]] = []

    def warm(self, records: Sequence[Raw]) -> None:
        self.history += self.records(records)

    def count(self, records: Sequence[Raw]) -> list[Rejected]:
        for record in self.records(records):
            if not self.is_duplicate(record):
                for sli in record.slis:
                    series = self.revision * REVISION + self.source * SOURCE + sli
                    self.counted[sli % self.shards].add((series, record.offset))
            self.history.append(record)
        return []

    def is_duplicate(self, record: Record) -> bool:
        return model.is_duplicate(record, self.history)

    def cells(self) -> list[tuple[Cells, tuple[GroupName, ...]]]:
        return [(as_cells(cells), ()) for cells in self.counted]

    def start_chunk(self) -> None:
        self.counted = [set() for _ in range(self.shards)]

    @staticmethod
    def records(records: Sequence[Raw]) -> list[Record]:
        return [r for r in records if isinstance(r, Record)]


def as_cells(cells: set[tuple[int, int]]) -> Cells:
    ordered = sorted(cells)
    ones = np.ones(len(ordered), np.int64)
    series = np.array([s for s, _ in ordered], np.uint64)
    return Cells(series, np.array([b for _, b in ordered], np.int64), ones, ones)


class Rules:
    """The product's code by name, so that a mutation can put something broken in its place."""

    counter: type[CellCounter] = CellCounter
    session: type[Session] = Session
    fold: type[Fold] = Fold
    torn_saves = False
    restarts = True  # a session, when the definitions change

    def resume(self, commit: Commit | None, log_start: int, log_end: int) -> Start:
        return resume(commit, log_start, log_end, filter_block=FILTER_BLOCK)

    def deliver(
        self, session: Session, counts: CountsLog, outlet: Outlet
    ) -> Coroutine[Any, Any, None]:
        return deliver(session, counts, outlet)

    def before_add(self, reader: "Reader") -> None:
        """What a reader does before it adds records."""


class Reader:
    """One ingest process of one source: a session, and the delivery of its outbox."""

    def __init__(self, world: World, source: int, rules: Rules) -> None:
        self.world, self.source, self.rules, self.log = world, source, rules, world.logs[source]
        commits = world.commits[source]
        start = rules.resume(
            commits[-1] if commits else None, self.log.start, self.log.end(world.now)
        )
        self.counter = rules.counter(world, source)
        self.session = rules.session(
            world.topic_of(source),
            world.name(source),
            start,
            self.counter,
            revision=world.revision,
            partitions=world.partitions_of(source),
            block=CHUNK_BLOCK,
            heartbeat_cells=HEARTBEAT_CELLS,
        )
        self.delivery: Coroutine[Any, Any, None] | None = None
        self.late: Commit | None = None

    def read(self, most: int = 1) -> bool:
        """Read some records; False when there is none."""
        now, session = self.world.now, self.session
        if session.wants_probe:
            session.probe(now, self.world.partitions_of(self.source), self.log.end(now))
        records = self.log.read(session.next_offset, now, most)
        if records:
            self.rules.before_add(self)
            session.add(records)
        else:
            session.reach(self.log.end(now))
        return bool(records)

    def act(self, count: int = 999) -> None:
        """Do the next sends (an append is an acknowledgement) and commits."""
        for _ in range(count):
            if self.delivery is None:
                if not self.session.outbox:
                    return
                self.delivery = self.rules.deliver(self.session, self, self)
                self._step()
            self._step()

    def _step(self) -> None:
        if self.delivery is None:
            return
        try:
            self.delivery.send(None)
        except StopIteration:
            self.delivery = None

    def step(self) -> bool:
        """Take one random step; True when there was nothing to read."""
        rng, waiting = self.world.rng, len(self.session.outbox)
        if self.late is not None and rng.random() < 0.2:
            self.commit_late()
        elif waiting and (waiting >= READ_AHEAD or rng.random() < 0.8):
            self.act(1)
        elif rng.random() < 0.3:
            self.session.flush()
        elif not self.read(rng.choice((1, 1, 2, 5))):
            self.session.flush()
            return True
        return False

    async def append_all(self, messages: Mapping[int, bytes]) -> None:
        order = list(messages)
        self.world.rng.shuffle(order)
        for q in order:
            await Pause()
            counts = decode_counts(messages[q])
            self.world.topic[q].append(counts)
            self.world.chunks.add((counts.source, counts.first))

    async def commit(self, commit: Commit) -> None:
        """Commit, or keep it for later, when another may have taken its place."""
        await Pause()
        self.late = commit
        if not (self.world.late_commits and self.world.rng.random() < 0.5):
            self.commit_late()

    def commit_late(self) -> None:
        """Commit what still waits for it."""
        if self.late is not None:
            self.world.commits[self.source].append(self.late)
            self.late = None

    async def confirm(self, emission: Emission) -> None:
        pass

    async def settle(self, below: int) -> None:
        pass


class Evaluator:
    """An owner of counts partition q; taking over raises the epoch and loads the checkpoint."""

    def __init__(self, world: World, q: int, rules: Rules) -> None:
        self.world, self.q, self.rules = world, q, rules
        store = world.stores[q]
        store.epoch += 1
        self.epoch, self.next_offset = store.epoch, store.next_offset
        self.counters = Counter(store.counters)
        self.fold = rules.fold(q, len(world.topic))
        if store.fold is not None:
            loaded = decode_fold(store.fold)
            for name in ("applied", "claims", "lost", "missed", "ambiguous"):
                setattr(self.fold, name, getattr(loaded, name))
        self.half: tuple[int, bytes] | None = None

    def save(self) -> bool:
        """Save everything or nothing; False when a later owner has taken over."""
        store = self.world.stores[self.q]
        if self.rules.torn_saves:
            if self.half is None:
                self.half = self.next_offset, encode_fold(self.fold)
                store.counters = Counter(self.counters)
            else:
                (store.next_offset, store.fold), self.half = self.half, None
            return True
        if store.epoch != self.epoch:
            return False
        if store.next_offset != self.next_offset:
            store.next_offset, store.fold = self.next_offset, encode_fold(self.fold)
            store.counters = Counter(self.counters)
        return True

    def apply_next(self) -> bool:
        """Fold in the next message of the counts partition; False when there is none."""
        log = self.world.topic[self.q]
        if self.next_offset >= len(log):
            return False
        difference = self.fold.apply(log[self.next_offset], self.next_offset)
        self.next_offset += 1
        if difference is not None:
            assert np.array_equal(difference.good, difference.total)
            cells = zip(difference.series.tolist(), difference.bucket.tolist(), strict=True)
            for cell, count in zip(cells, difference.total.tolist(), strict=True):
                self.counters[cell] += count
        return True

    def watermark(self) -> int:
        """The least over all topics that are not retired."""
        topics = {self.world.topic_of(s) for s in range(len(self.world.logs))}
        kept = topics - self.world.retired
        return min((self.fold.watermark(topic) for topic in kept), default=NEVER)

    def check_watermark(self) -> None:
        """Count a false claim: a record arrived by then and is not applied."""
        for source, log in enumerate(self.world.logs):
            name, topic = self.world.name(source), self.world.topic_of(source)
            claim = self.fold.claims.complete.get(name, NEVER)
            if topic not in self.world.retired:
                claim = max(claim, self.fold.watermark(topic))
            arrived = [o for o, a in zip(log.offsets, log.arrivals, strict=True) if a <= claim]
            applied = self.fold.applied.get(name)
            if arrived and arrived[-1] >= max(log.start, applied.e if applied else 0):
                self.world.false_claims += 1

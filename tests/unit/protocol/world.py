"""What outlives every process in the model: logs, commits, the counts topic, checkpoints, time.

Adapted from the executable specification of the counting protocol. Times are milliseconds.
"""

import random
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, field

from services.ingest.domain.resume import Commit
from shared.wire import Counts, Source

CHUNK_BLOCK, FILTER_BLOCK = 9, 12  # offsets; 10,000 and 50,000 in production
SECOND, MINUTE, HOUR, MISSING = 1_000, 60_000, 3_600_000, -1
DUPLICATE_SPAN, BACK, AHEAD, RETENTION = HOUR, 2 * HOUR, HOUR // 2, 8 * HOUR

Cell = tuple[int, int]


class Gone(Exception):
    """The position asked for lies before the log start."""


@dataclass(frozen=True, slots=True)
class Record:
    """A delivered record; `slis` are the series it counts for (none: invalid)."""

    offset: int
    timestamp: int
    arrival: int
    event: int
    slis: tuple[int, ...]
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Log:
    """One source partition: offsets with gaps, a moving log start, arrivals in order."""

    def __init__(self, records: list[Record], start: int = 0) -> None:
        self.records, self.start = records, start
        self.offsets = [r.offset for r in records]
        self.arrivals = [r.arrival for r in records]

    def read(self, position: int, now: int, most: int) -> list[Record]:
        if position < self.start:
            raise Gone
        index = bisect_left(self.offsets, position)
        return self.records[index : min(index + most, bisect_right(self.arrivals, now))]

    def end(self, now: int) -> int:
        """The log end; the markers in a gap arrive with the record before them."""
        return [*self.offsets, self.offsets[-1] + 1][bisect_right(self.arrivals, now)]


@dataclass
class Store:
    """One counts partition's checkpoint: saved and loaded as a whole."""

    epoch: int = 0
    next_offset: int = 0
    counters: Counter[Cell] = field(default_factory=Counter)
    fold: bytes | None = None


class World:
    """Sources 0 and 1 are the partitions of topic a, source 2 is the only one of topic b."""

    def __init__(
        self, logs: list[Log], shards: int, rng: random.Random, *, tight: bool = False
    ) -> None:
        self.logs, self.rng, self.tight = logs, rng, tight
        self.commits: list[list[Commit]] = [[] for _ in logs]  # the last one counts
        self.topic: list[list[Counts]] = [[] for _ in range(shards)]
        self.stores = [Store() for _ in range(shards)]
        self.now, self.revision = 0, 1
        self.retired: set[str] = set()
        self.unread_deleted = self.open_deleted = False
        self.false_claims = 0
        self.late_commits = False  # whether commits may come after what is sent next
        self.chunks: set[tuple[Source, int]] = set()

    def topic_of(self, source: int) -> str:
        return "a" if source < 2 else "b"

    def name(self, source: int) -> Source:
        return Source(f"id-{self.topic_of(source)}", source % 2)

    def partitions_of(self, source: int) -> int:
        return min(2, len(self.logs)) if source < 2 else 1

    def delete(self, source: int, index: int) -> None:
        """Retention takes the first `index` records, and any of the markers after them."""
        log = self.logs[source]
        low = log.offsets[index - 1] + 1 if index else 0
        if low <= log.start:
            return
        best = max(self.commits[source], key=lambda c: (c.e, c.first))
        log.start = self.rng.randint(low, [*log.offsets, low][index])
        self.unread_deleted |= log.start > best.e
        self.open_deleted |= low > best.first


def cuts(record: Record, chunk: list[Record]) -> bool:
    """The rule, record by record: a new block, or a minute later than all of `chunk`."""
    if not chunk or record.offset // CHUNK_BLOCK != chunk[-1].offset // CHUNK_BLOCK:
        return bool(chunk)
    minutes = [r.timestamp // MINUTE for r in chunk if r.timestamp != MISSING]
    return record.timestamp != MISSING and record.timestamp // MINUTE > max(minutes, default=-1)


def is_duplicate(record: Record, history: list[Record]) -> bool:
    """Same event earlier in this or the previous block, record times within an hour."""
    low = (record.offset // FILTER_BLOCK - 1) * FILTER_BLOCK
    return any(
        r.event == record.event and near(record, r) for r in reversed(history) if r.offset >= low
    )


def near(one: Record, other: Record) -> bool:
    """Records without a timestamp are near nothing."""
    if MISSING in (one.timestamp, other.timestamp):
        return False
    return abs(one.timestamp - other.timestamp) <= DUPLICATE_SPAN


def random_log(rng: random.Random, length: int, *, duplicates: bool) -> Log:
    """Bursts, idle times, disorder, jumps, missing timestamps, duplicates, offset gaps."""
    records: list[Record] = []
    arrival = 0
    start = offset = rng.choice((0, rng.randrange(40)))
    for event in range(length):
        offset += rng.choice((0, 0, 0, rng.randrange(4)))
        idle = rng.random() < 0.12
        pause = rng.choice((90 * SECOND, HOUR, 7 * HOUR, 20 * HOUR))
        arrival += pause if idle else rng.randrange(25) * SECOND
        jump, timestamp = rng.random(), arrival + rng.choice((0, rng.randint(-20, 10) * SECOND))
        if jump < 0.08:
            timestamp = arrival + rng.randint(-BACK, AHEAD)
        timestamp = MISSING if jump > 0.96 and not idle else max(0, timestamp)
        slis = tuple(rng.sample(range(6), rng.randrange(3)))
        if duplicates and records and rng.random() < 0.25:
            again = rng.choice(records[-2 * FILTER_BLOCK :])
            event, slis = again.event, again.slis
        records.append(Record(offset, timestamp, arrival, event, slis))
        offset += 1
    return Log(records, start)


def retain(world: World, source: int) -> None:
    """Retention within the regime; in a tight run anything at all."""
    log, commits = world.logs[source], world.commits[source]
    if not commits:
        return
    best = max(c.e for c in commits)
    if world.tight:
        reach = best if world.rng.random() < 0.8 else log.end(world.now)
        world.delete(source, world.rng.randint(0, bisect_left(log.offsets, reach)))
        return
    read = bisect_left(log.offsets, best)
    horizon = min([*log.arrivals[read : read + 1], world.now]) - RETENTION
    ages = [r.arrival if r.timestamp == MISSING else r.timestamp for r in log.records[:read]]
    world.delete(source, next((i for i, age in enumerate(ages) if age >= horizon), read))


def tick(world: World) -> bool:
    """Move the clock to the next arrival, or part of the way through an idle time."""
    later = [a for log in world.logs for a in log.arrivals if a > world.now]
    gap = min(later, default=world.now) - world.now
    world.now += gap if gap < HOUR else world.rng.randint(gap // 4, gap)
    return bool(later)

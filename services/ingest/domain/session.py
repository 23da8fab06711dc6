"""One reading of one source, by one revision of the definitions, as a state machine without I/O.

Whoever drives it feeds records in, takes emissions out of `outbox` in order, and sends each one
to every counts partition before it commits it and touches the next (docs/adr/0001). Any number
of sessions of the same source, stopped anywhere, together still count every record once.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Protocol

from services.ingest.domain.chunk import BLOCK, Chunk
from services.ingest.domain.record import Raw, Rejected
from services.ingest.domain.resume import Commit, Start
from shared.wire import NEVER, Cells, Counts, GroupName, Source, no_cells

HEARTBEAT_CELLS = 1_000  # a heartbeat repeats no more than this many

_NOTHING: tuple[Cells, tuple[GroupName, ...]] = no_cells(), ()
_OFFSET = attrgetter("offset")


class Counting(Protocol):
    """Counts records into cells, one set for each counts partition."""

    def warm(self, records: Sequence[Raw]) -> None: ...

    def count(self, records: Sequence[Raw]) -> list[Rejected]: ...

    def cells(self) -> list[tuple[Cells, tuple[GroupName, ...]]]: ...

    def start_chunk(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Emission:
    """What goes out together: one message for each counts partition, and then the commit."""

    messages: tuple[Counts, ...]
    commit: Commit
    size: int  # cells in all messages
    stamp: int  # of the session, when this was queued


@dataclass(frozen=True, slots=True)
class _Probe:
    at: int
    end: int


class Session:
    """Reads one source from `start` on; never takes up another revision.

    `next_offset` is what to read next, `position` the protocol's read position: every record
    below it is counted. `complete_until` (ms) covers what `position` covers. `stamp` is a number
    of the driver's own: its state when records were last added.
    """

    def __init__(
        self,
        topic: str,
        source: Source,
        start: Start,
        counter: Counting,
        *,
        revision: int,
        partitions: int,
        block: int = BLOCK,
        heartbeat_cells: int = HEARTBEAT_CELLS,
    ) -> None:
        self.topic = topic
        self.source = source
        self.revision = revision
        self.outbox: deque[Emission] = deque()
        self.next_offset = start.rebuild
        self.position = start.position
        self.complete_until = NEVER
        self.stamp = 0
        self._counter = counter
        self._chunk = Chunk(block)
        self._s = start.s
        self._committed = start.committed
        self._partitions = partitions
        self._probe: _Probe | None = None
        self._queued = NEVER  # the greatest `e` in the outbox or before
        self._acknowledged: tuple[int, int] | None = None  # (first, e), on every partition
        self._heartbeat_cells = heartbeat_cells
        self._size = self._shards = 0  # cells and messages of the last emission
        counter.start_chunk()

    @property
    def wants_probe(self) -> bool:
        """Whether `probe` would be taken."""
        return self._probe is None

    @property
    def wants_end(self) -> bool:
        """Whether the records before the probed end are not all read."""
        return self._probe is not None and self.position < self._probe.end

    @property
    def has_news(self) -> bool:
        """Whether something was read that no emission covers."""
        return self.position > max(self._queued, self._committed - 1)

    @property
    def _first(self) -> int:
        """The chunk's identity: the read position while it has no record."""
        return self.position if self._chunk.first is None else self._chunk.first

    def probe(self, at: int, partitions: int, end: int) -> None:
        """Take the topic's partition count and the log's end, both asked for after `at` (ms)."""
        self._partitions = max(self._partitions, partitions)
        if self._probe is None:
            self._probe = _Probe(at, end)
            self._complete()

    def add(self, records: Sequence[Raw]) -> list[Rejected]:
        """Count the next records, queueing an emission at every cut; return the rejected ones."""
        rejected: list[Rejected] = []
        self.next_offset = records[-1].offset + 1
        records = self._warmed(records)
        while records:
            length = self._chunk.take(records)
            if length:
                inside = records if length == len(records) else records[:length]
                rejected += self._counter.count(inside)
                self.position = inside[-1].offset + 1
            records = records[length:]
            if records:
                self._cut(records[0].offset)
        self._complete()
        return rejected

    def reach(self, position: int) -> None:
        """Note that there is no record between the last one added and `position`."""
        if position > self.next_offset:
            self.next_offset = position
            self.position = max(self.position, position)
            self._complete()

    def flush(self) -> Emission | None:
        """Queue the chunk so far, news or not; None while it only repeats what was committed."""
        if self.position < self._committed:
            return None
        return self._queue(Commit(self.position, self._first, self._s))

    def delivered(self) -> None:
        """Drop the first emission of the outbox: it was acknowledged everywhere."""
        message = self.outbox.popleft().messages[0]
        self._acknowledged = message.first, message.e

    def _warmed(self, records: Sequence[Raw]) -> Sequence[Raw]:
        if records[0].offset >= self.position:
            return records
        length = bisect_left(records, self.position, key=_OFFSET)
        self._counter.warm(records[:length])
        return records[length:]

    def _cut(self, offset: int) -> None:
        self.position = offset
        self._complete()
        self._queue(Commit(offset, offset, offset))
        self._chunk.close()
        self._s = offset
        self._counter.start_chunk()

    def _complete(self) -> None:
        """Take what had arrived at the probe as included, once it is."""
        if self._probe is not None and self.position >= self._probe.end:
            self.complete_until, self._probe = self._probe.at, None

    def _queue(self, commit: Commit) -> Emission:
        e = self.position
        first = self._first
        known = self._acknowledged == (first, e) and self._size > self._heartbeat_cells
        counted = [_NOTHING] * self._shards if known else self._counter.cells()
        messages = tuple(
            Counts(
                self.topic,
                self.source,
                self._s,
                first,
                e,
                self.revision,
                self.complete_until,
                self._partitions,
                cells,
                groups,
            )
            for cells, groups in counted
        )
        if not known:
            self._shards = len(counted)
            self._size = sum(len(cells) for cells, _ in counted)
        emission = Emission(messages, commit, self._size, self.stamp)
        self._queued = e
        self.outbox.append(emission)
        return emission

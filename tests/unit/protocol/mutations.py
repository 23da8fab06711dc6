"""Fifteen ways to break the protocol, each put in the place of the product's own code."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from services.evaluator.domain.fold import Fold
from services.ingest.delivery import CountsLog, Outlet
from services.ingest.domain.chunk import MINUTE, Chunk
from services.ingest.domain.record import Raw
from services.ingest.domain.resume import Commit, Start, resume
from services.ingest.domain.session import Emission, Session
from shared.wire import NEVER, Cells, Counts, encode_counts, no_cells
from tests.unit.protocol.actors import CellCounter, Reader, Rules
from tests.unit.protocol.world import (
    CHUNK_BLOCK,
    DUPLICATE_SPAN,
    FILTER_BLOCK,
    MISSING,
    Record,
)


class StartAtCommit(Rules):
    """Emit from the committed offset, not from the chunk's first record."""

    def resume(self, commit: Commit | None, log_start: int, log_end: int) -> Start:
        if commit is not None:
            commit = Commit(commit.e, commit.e, commit.e)
        return super().resume(commit, log_start, log_end)


class Delivery(Rules):
    """The delivery with a hole in it."""

    def messages(self, session: Session, emission: Emission) -> dict[int, Counts]:
        return dict(enumerate(emission.messages))

    async def send(
        self, emission: Emission, counts: CountsLog, messages: dict[int, Counts]
    ) -> None:
        await counts.append_all({q: encode_counts(m) for q, m in messages.items()})

    async def deliver(self, session: Session, counts: CountsLog, outlet: Outlet) -> None:
        while session.outbox:
            emission = session.outbox[0]
            await self.send_and_commit(session, emission, counts, outlet)
            session.delivered()

    async def send_and_commit(
        self, session: Session, emission: Emission, counts: CountsLog, outlet: Outlet
    ) -> None:
        await self.send(emission, counts, self.messages(session, emission))
        await outlet.commit(emission.commit)


class CommitBeforeAcks(Delivery):
    """Commit, then send."""

    async def send_and_commit(
        self, session: Session, emission: Emission, counts: CountsLog, outlet: Outlet
    ) -> None:
        await outlet.commit(emission.commit)
        await self.send(emission, counts, self.messages(session, emission))


class SkipUnchanged(Delivery):
    """Leave out partitions whose cells are as in the session's emission before."""

    final: bool

    def __init__(self) -> None:
        self.last: dict[tuple[Session, int], Cells] = {}

    def messages(self, session: Session, emission: Emission) -> dict[int, Counts]:
        kept = {}
        for q, message in enumerate(emission.messages):
            before = self.last.get((session, q), no_cells())
            same = bytes(before.series) == bytes(message.cells.series)
            if not (same and is_final(emission) == self.final):
                kept[q] = message
            self.last[session, q] = no_cells() if is_final(emission) else message.cells
        return kept


class SkipUnchangedFlush(SkipUnchanged):
    """At a flush, leave out partitions whose cells are as before."""

    final = False


class SkipUnchangedFinal(SkipUnchanged):
    """At a cut, leave out partitions whose cells are as before."""

    final = True


def is_final(emission: Emission) -> bool:
    return emission.messages[0].first != emission.commit.first


class NoDrop(Rules):
    """No `e <= applied.e: drop`."""

    class _Fold(Fold):
        def _difference(self, message: Counts) -> Cells | None:
            applied = self.applied.get(message.source)
            if applied is not None and message.e <= applied.e:
                self.applied[message.source] = replace(applied, e=NEVER)
            return super()._difference(message)

    fold = _Fold


class NameByFirst(Delivery):
    """s is the chunk's first offset."""

    def messages(self, session: Session, emission: Emission) -> dict[int, Counts]:
        return {q: replace(m, s=m.first) for q, m in enumerate(emission.messages)}


class _WithChunk(Session):
    """A session whose chunks are cut by another rule."""

    chunk: Callable[[], Chunk]

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._chunk = type(self).chunk()


class _OneByOne(Chunk):
    """A chunk that remembers its records, and decides on one at a time."""

    def __init__(self) -> None:
        super().__init__(CHUNK_BLOCK)
        self.records: list[Raw] = []
        self.history: list[Raw] = []

    def take(self, records: Sequence[Raw]) -> int:
        for index, record in enumerate(records):
            if self.first is not None and self.cuts(record):
                return index
            self.first = record.offset if self.first is None else self.first
            self.records.append(record)
            self.history.append(record)
        return len(records)

    def close(self) -> None:
        super().close()
        self.records = []

    def cuts(self, record: Raw) -> bool:
        raise NotImplementedError


class CutOnChange(Rules):
    """Cut where the minute differs from the record before: flapping."""

    class _Session(_WithChunk):
        class chunk(_OneByOne):  # noqa: N801 - in place of an attribute
            def cuts(self, record: Raw) -> bool:
                before = self.records[-1]
                other_block = record.offset // CHUNK_BLOCK != before.offset // CHUNK_BLOCK
                return other_block or record.timestamp // MINUTE != before.timestamp // MINUTE

    session = _Session


class CutByBlocks(Rules):
    """Compare the minute with the present and previous block instead of the chunk."""

    class _Session(_WithChunk):
        class chunk(_OneByOne):  # noqa: N801 - in place of an attribute
            def cuts(self, record: Raw) -> bool:
                block = record.offset // CHUNK_BLOCK
                if block != self.records[-1].offset // CHUNK_BLOCK:
                    return True
                near = [r for r in self.history if r.offset >= (block - 1) * CHUNK_BLOCK]
                minutes = [r.timestamp // MINUTE for r in near if r.timestamp != MISSING]
                return record.timestamp // MINUTE > max(minutes, default=-1)

        def _warmed(self, records: Sequence[Raw]) -> Sequence[Raw]:
            rest = super()._warmed(records)
            assert isinstance(self._chunk, _OneByOne)
            self._chunk.history += records[: len(records) - len(rest)]
            return rest

    session = _Session


class TornSaves(Rules):
    """The evaluator saves its counters and its position apart, without epoch."""

    torn_saves = True


class RevisionMidSession(Rules):
    """A session takes up a new revision and goes on."""

    restarts = False

    def before_add(self, reader: Reader) -> None:
        reader.session.revision = reader.counter.revision = reader.world.revision


class WatermarkAfterDrop(Rules):
    """complete_until is read after the drop rules."""

    class _Fold(Fold):
        def apply(self, message: Counts, heard_at_ms: int) -> Cells | None:
            difference = self._difference(message)
            return None if difference is None else super().apply(message, heard_at_ms)

    fold = _Fold


class ClaimBeforeAcks(Delivery):
    """complete_until covers what was read, before the messages that carry it."""

    async def send(
        self, emission: Emission, counts: CountsLog, messages: dict[int, Counts]
    ) -> None:
        if emission.messages[0].first != emission.messages[0].e:
            claims = {
                q: replace(m, first=m.s, e=m.s, cells=no_cells()) for q, m in messages.items()
            }
            await super().send(emission, counts, claims)
        await super().send(emission, counts, messages)


class IdentityIsS(Rules):
    """Same chunk when s is the same; deleted when log start > s."""

    class _Fold(Fold):
        def apply(self, message: Counts, heard_at_ms: int) -> Cells | None:
            return super().apply(replace(message, first=message.s), heard_at_ms)

    fold = _Fold

    def resume(self, commit: Commit | None, log_start: int, log_end: int) -> Start:
        if commit is not None and commit.s < log_start <= commit.first:
            commit = Commit(commit.e, commit.s, commit.s)
        return resume(commit, log_start, log_end, filter_block=FILTER_BLOCK)


class MissingIsNear(Rules):
    """Two records without timestamp count as within an hour."""

    class _Counter(CellCounter):
        def is_duplicate(self, record: Record) -> bool:
            low = (record.offset // FILTER_BLOCK - 1) * FILTER_BLOCK
            return any(
                r.event == record.event and abs(record.timestamp - r.timestamp) <= DUPLICATE_SPAN
                for r in self.history
                if r.offset >= low
            )

    counter = _Counter


class IgnorePartitions(Rules):
    """The watermark is the least over the partitions heard of."""

    class _Fold(Fold):
        def watermark(self, topic: str) -> int:
            return min(self.claims.complete.values(), default=NEVER)

    fold = _Fold

"""Takes a shard over: claims it, and brings back what is stored of it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from services.evaluator.checkpoint import restored
from services.evaluator.domain.beyond import Beyond
from services.evaluator.domain.delta import Deltas, Ints
from services.evaluator.domain.loading import (
    fill,
    fill_slices,
    wanted,
    wanted_for_past,
    wanted_for_slices,
)
from services.evaluator.domain.shard import Shard
from services.evaluator.domain.span import EVER, Span, Wanted
from services.evaluator.domain.watch import Watch
from services.evaluator.recall import EndedStore, recall
from shared.segment import BLOCK, SPANS, decode_span
from shared.sql.shard_rows import Claim, Segment

SEGMENTS_AT_ONCE = 1_000  # in memory, compressed


class SegmentStore(Protocol):
    """Where the counts of shards are stored."""

    async def segments(
        self,
        number: int,
        tier: int,
        start_from: int,
        start_to: int,
        blocks: Sequence[int] | None = None,
    ) -> list[Segment]:
        """Return the segments of a tier that start in a range, of some blocks or of all."""


class ClaimStore(SegmentStore, EndedStore, Protocol):
    """Where shards are taken over."""

    async def claim(self, number: int) -> Claim:
        """Take the shard over; every earlier owner is fenced off from then on."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A shard that this process owns under `epoch`."""

    shard: Shard
    epoch: int


async def load(store: ClaimStore, number: int, shards: int, watch: Watch, now: int) -> Loaded:
    """Claim a shard and return it, ready to go on at its `next_offset`."""
    claim = await store.claim(number)
    shard = restored(claim, number, shards, now, watch.windows)
    nothing_stored = not shard.counters.rows  # rows that slices add are not stored yet
    shard.use(watch, now)
    beyond = Beyond(shard.counters.tiers, watch.windows, now)
    asks = () if nothing_stored else _asks(shard, beyond)
    parts = (part for ask in asks for part in _portions(ask, shard.counters.rows))
    await _fill_from(store, shard, beyond, parts)
    shard.counters.recount(beyond.sums())
    await recall(store, shard)
    await _fill_past(store, shard)
    await asyncio.to_thread(shard.counted_since)  # known by the first tick
    return Loaded(shard, claim.epoch)


async def _fill_from(
    store: SegmentStore, shard: Shard, beyond: Beyond, parts: Iterable[Wanted]
) -> None:
    """Count what is stored, part by part; while one is counted the next one is read."""
    segments: list[Segment] = []
    for part in parts:
        segments, _ = await asyncio.gather(
            read(store, shard.number, part), asyncio.to_thread(_fill_all, shard, beyond, segments)
        )
    await asyncio.to_thread(_fill_all, shard, beyond, segments)


async def _fill_past(store: SegmentStore, shard: Shard) -> None:
    """Count what was counted before exclusions that are new, out of what is stored."""
    corrections = shard.derived.corrections
    async for counted, _ in _past_of(store, shard, corrections.unfilled()):
        shard.count_past(corrections.derive_past(counted))
    slices, past = shard.derived.slices, shard.derived.past
    async for counted, cell in _past_of(store, shard, past.rows()):
        shard.count_past(past.derive(counted, cell, slices.first))


async def _past_of(
    store: SegmentStore, shard: Shard, rows: Ints
) -> AsyncIterator[tuple[Deltas, int]]:
    """Yield all that is stored of some rows, each part with the seconds of its cells."""
    for ask in wanted_for_past(rows, shard.progress.thinned):
        for part in _portions(ask, shard.counters.rows):
            for span in map(decoded, await read(store, shard.number, part)):
                yield span.deltas().between(ask.start, ask.end), ask.tier


async def read(store: SegmentStore, number: int, ask: Wanted) -> list[Segment]:
    """Return the stored segments that are asked for."""
    return await store.segments(number, ask.tier, ask.start, ask.end, ask.blocks)


def decoded(segment: Segment) -> Span:
    """Return the counts in a segment."""
    return Span(segment.tier, segment.start, segment.block, decode_span(segment.data))


def _asks(shard: Shard, beyond: Beyond) -> Iterator[Wanted]:
    tiers, closed = shard.counters.tiers, shard.progress.closed
    yield from wanted_for_slices(shard.derived.slices, tiers, closed)
    yield from wanted(tiers, closed, beyond.start)


def _fill_all(shard: Shard, beyond: Beyond, segments: Sequence[Segment]) -> None:
    tiers, closed = shard.counters.tiers, shard.progress.closed
    for span in map(decoded, segments):
        fill(tiers, span, closed)
        fill_slices(shard.derived.slices, span, closed)
        beyond.add(span, closed)


def _portions(ask: Wanted, rows: int) -> Iterator[Wanted]:
    """Yield a request in parts that fit into memory; the far future stays in one."""
    blocks = -(-rows // BLOCK) if ask.blocks is None else len(ask.blocks)
    length = SPANS[ask.tier] * max(1, SEGMENTS_AT_ONCE // blocks)
    if ask.end == EVER:
        length = EVER
    for start in range(ask.start, ask.end, length):
        yield replace(ask, start=start, end=min(start + length, ask.end))

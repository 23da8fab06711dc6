"""Fills the counters of a shard from what is stored of them."""

from collections.abc import Iterator, Mapping

import numpy as np

from services.evaluator.domain.delta import Ints
from services.evaluator.domain.ring import Cells
from services.evaluator.domain.slices import Slices
from services.evaluator.domain.span import EVER, QUARTER, Closed, Span, Wanted, floor
from services.evaluator.domain.tiers import Tiers
from shared.domain.bucket import BUCKET
from shared.domain.window import HOUR, MINUTE
from shared.segment import BLOCK, SPANS


def wanted(tiers: Tiers, closed: Closed, start: int) -> Iterator[Wanted]:
    """Yield the stored spans that the rings are filled from, and all that lies from `start` on."""
    rings = tiers.rings
    minutes = min(rings[MINUTE].start, closed.minutes)
    tens = min(rings[BUCKET].start, closed.tens)
    quarters = min(rings[HOUR].start, start)
    yield Wanted(QUARTER, floor(quarters, SPANS[QUARTER]), closed.minutes)
    yield Wanted(MINUTE, floor(minutes, SPANS[MINUTE]), closed.tens)
    ahead = floor(rings[BUCKET].end, SPANS[BUCKET]) + SPANS[BUCKET]
    yield Wanted(BUCKET, floor(tens, SPANS[BUCKET]), ahead)
    yield Wanted(BUCKET, ahead, EVER)


def wanted_for_slices(slices: Slices, tiers: Tiers, closed: Closed) -> Iterator[Wanted]:
    """Yield the stored spans that slices need besides: older minutes of the rows that feed them."""
    rows = slices.feeding()
    if slices.start is None or not len(rows):
        return
    blocks = tuple(np.unique(rows // BLOCK).tolist())
    until = floor(min(tiers.rings[MINUTE].start, closed.minutes), SPANS[MINUTE])
    yield Wanted(MINUTE, floor(slices.start, SPANS[MINUTE]), until, blocks)


def wanted_for_past(rows: Ints, thinned: Mapping[int, int]) -> Iterator[Wanted]:
    """Yield all stored spans of some rows, each time in the finest that holds it.

    What lies outside of the bounds that each asks for is in another one as well.
    """
    if not len(rows):
        return
    blocks = tuple(np.unique(rows // BLOCK).tolist())
    minutes, tens = thinned.get(MINUTE, 0), thinned.get(BUCKET, 0)
    yield Wanted(QUARTER, thinned.get(QUARTER, 0), minutes, blocks)
    yield Wanted(MINUTE, minutes, tens, blocks)
    yield Wanted(BUCKET, tens, EVER, blocks)


def fill_slices(slices: Slices, span: Span, closed: Closed) -> None:
    """Add one stored span to the real counts of slices: minutes, and what no minute holds yet."""
    if not slices.feeds:
        return
    if span.tier == MINUTE or (span.tier == BUCKET and span.start >= closed.tens):
        slices.fill(span.deltas())


def fill(tiers: Tiers, span: Span, closed: Closed) -> None:
    """Add one stored span to the rings; what a coarser span holds as well goes to its own tier."""
    if span.tier == BUCKET:
        _fill_tens(tiers, span, closed)
        return
    tiers.rings[span.tier].add_block(span.start // span.tier, span.block * BLOCK, span.counts)
    if span.start >= closed.coarser_before(span.tier):
        _fill_coarser(tiers, span.tier, span.start, span.block, span.counts)


def _fill_tens(tiers: Tiers, span: Span, closed: Closed) -> None:
    ring = tiers.rings[BUCKET]
    if span.start + SPANS[BUCKET] > ring.end:
        later = span.deltas()
        tiers.wait(later.where(later.time >= ring.end))
        counts = span.counts.copy()
        counts[:, max(0, ring.high - span.start // BUCKET) :] = 0
    else:
        counts = span.counts
    ring.add_block(span.start // BUCKET, span.block * BLOCK, counts)
    if span.start >= closed.coarser_before(BUCKET):
        _fill_coarser(tiers, BUCKET, span.start, span.block, counts)


def _fill_coarser(tiers: Tiers, tier: int, start: int, block: int, counts: Cells) -> None:
    for step, ring in tiers.rings.items():
        if step > tier:
            ring.add_block(start // step, block * BLOCK, _coarser(counts, tier, step))


def _coarser(counts: Cells, tier: int, step: int) -> Cells:
    """Return the counts in buckets of `step`, or in a single one when the span is shorter."""
    together = min(step // tier, counts.shape[1])
    shape = (2, counts.shape[1] // together, together, counts.shape[2])
    coarser: Cells = counts.reshape(shape).sum(axis=2, dtype=counts.dtype)
    return coarser

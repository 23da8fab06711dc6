"""Saves a shard: one flush is one transaction, prepared once and repeated until it is done."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.evaluator.alert_record import changes_of
from services.evaluator.checkpoint import State, encode_names_of, encode_state, state_of
from services.evaluator.domain.alert import Happened
from services.evaluator.domain.period_end import PeriodTotal
from services.evaluator.domain.saving import Saving
from services.evaluator.domain.shard import Shard
from services.evaluator.domain.span import Span
from services.evaluator.load import SegmentStore, decoded, read
from services.evaluator.period_record import rows_of
from shared.segment import encode_span
from shared.sql.shard_rows import Flush, Segment


class FlushStore(SegmentStore, Protocol):
    """Where shards are saved."""

    async def flush(self, flush: Flush) -> None:
        """Write all of it or nothing; raises Fenced, or StoreUnavailable: then repeat it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What one flush writes, as of one moment; may be completed and written any time later."""

    shard: int
    epoch: int
    next_offset: int
    topic_id: str
    state: State
    names: bytes | None
    saving: Saving
    happened: Happened
    periods: Sequence[PeriodTotal]


def prepare(shard: Shard, epoch: int) -> Prepared:
    """Return everything that changed in a shard since the last call; it must get written."""
    saving = shard.saving()
    periods = shard.take_periods()
    names = encode_names_of(shard) if shard.names_changed else None
    shard.names_changed = False
    progress = shard.progress
    return Prepared(
        shard.number,
        epoch,
        progress.next_offset,
        progress.topic_id,
        state_of(shard),
        names,
        saving,
        shard.alerting.take_happened(),
        periods,
    )


async def completed(store: SegmentStore, prepared: Prepared) -> Flush:
    """Return the flush, after reading the stored spans that it adds to."""
    number = prepared.shard
    stored = [s for ask in prepared.saving.wanted() for s in await read(store, number, ask)]
    return await asyncio.to_thread(_encoded, prepared, stored)


def _encoded(prepared: Prepared, stored: list[Segment]) -> Flush:
    saving = prepared.saving
    spans = saving.spans(decoded(segment) for segment in stored)
    return Flush(
        shard=prepared.shard,
        epoch=prepared.epoch,
        next_offset=prepared.next_offset,
        topic_id=prepared.topic_id,
        state=encode_state(prepared.state),
        closed_10s=saving.closed.tens,
        closed_60s=saving.closed.minutes,
        names=prepared.names,
        segments=list(_segments(spans)),
        thin=saving.expired,
        alerts=changes_of(prepared.shard, prepared.happened),
        periods=rows_of(prepared.periods),
    )


def _segments(spans: Iterator[Span]) -> Iterator[Segment]:
    for span in spans:
        yield Segment(span.tier, span.start, span.block, encode_span(*span.counts))

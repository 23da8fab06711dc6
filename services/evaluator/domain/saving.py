"""What one flush writes: every stored span that changed, as absolute values.

Spans that the rings hold are taken from them. For others (events that are later than the rings
reach, or lie in the far future) the stored span is read and the changes are added to it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain, groupby

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.delta import Deltas, Ints, joined
from services.evaluator.domain.ring import Cells, Ring
from services.evaluator.domain.span import (
    EVER,
    STORED,
    Closed,
    Span,
    Wanted,
    floor,
    kept_from,
)
from services.evaluator.domain.tiers import Tiers
from shared.domain.bucket import BUCKET
from shared.domain.window import MINUTE
from shared.segment import BLOCK, SPANS

Place = tuple[int, int]  # start of a span, block
_BLOCKS = 2**24  # more than there are in a shard: packs a place into one integer


class Saving:
    """The spans of one flush, as of the moment it is made.

    `unsaved` are the changes since the last one; `thinned` says, per tier, from when on spans are
    still stored, and `closed` what was closed before; both move on with time. `expired` are the
    tiers of which older spans may go now: but no minutes from `slices_from` on, however old, which
    slices need after a restart. `cleared` are rows whose counts must vanish from every span; in the
    tiers they have done so.
    """

    def __init__(
        self,
        tiers: Tiers,
        unsaved: Deltas,
        closed: Closed,
        thinned: Mapping[int, int],
        cleared: Ints | None = None,
        slices_from: int | None = None,
    ) -> None:
        self._unsaved = unsaved
        self._cleared = np.empty(0, np.int64) if cleared is None else cleared
        self._before = closed
        self.closed = closed.advanced(tiers.to)
        kept = {tier: kept_from(tier, tiers.to) for tier in STORED}
        if slices_from is not None:
            kept[MINUTE] = min(kept[MINUTE], floor(slices_from, SPANS[MINUTE]))
        self.thin = {tier: max(thinned.get(tier, 0), start) for tier, start in kept.items()}
        self.expired = {t: start for t, start in self.thin.items() if start != thinned.get(t)}
        self._spans: list[Span] = []
        self._places: dict[int, set[Place]] = {}
        self._closing: dict[int, tuple[int, int]] = {}
        for tier in STORED:
            self._take(tier, tiers.rings[tier])

    def wanted(self) -> Iterator[Wanted]:
        """Yield the stored spans that must be read first; none in the usual case."""
        if len(self._cleared):
            blocks = tuple(np.unique(self._cleared // BLOCK).tolist())
            for tier, start in self.thin.items():
                yield Wanted(tier, start, EVER, blocks)
        for tier, places in self._places.items():
            yield from _runs(tier, places)
        for tier, (start, end) in self._closing.items():
            yield Wanted(tier, floor(start, SPANS[tier]), end)
            if tier == MINUTE:
                yield Wanted(BUCKET, start, end)
            else:
                turn = min(max(start, self._before.tens), end)
                yield Wanted(MINUTE, start, turn)
                yield Wanted(BUCKET, turn, end)

    def spans(self, stored: Iterable[Span]) -> Iterator[Span]:
        """Yield every span to write; `stored` are the wanted ones, repetitions allowed."""
        found = {span.name: span for span in stored}
        kept = {name: span.without(self._cleared) for name, span in found.items()}
        written = set()
        for span in chain(self._spans, self._added_to(kept.values())):
            written.add(span.name)
            yield span
        for name, span in kept.items():
            if name not in written and span is not found[name]:
                yield span

    def _added_to(self, stored: Iterable[Span]) -> Iterator[Span]:
        """Yield the changed spans that the rings do not hold."""
        if self._places or self._closing:
            cells = {t: joined([s.deltas() for s in stored if s.tier == t]) for t in STORED}
            for tier in STORED:
                yield from _added_up(tier, self._parts(tier, cells))

    def _take(self, tier: int, ring: Ring) -> None:
        changed = self._unsaved.where(self._stored_in(tier, self._unsaved.time))
        places = _places(tier, changed)
        if tier != BUCKET:
            places |= self._close(tier, ring)
        held = {place for place in places if _holds(ring, tier, place[0])}
        for start, block in sorted(held):
            self._spans.append(Span(tier, start, block, self._read(tier, ring, start, block)))
        if places - held:
            self._places[tier] = places - held

    def _close(self, tier: int, ring: Ring) -> set[Place]:
        """Return the places in the ring that are closed now; note what lies before the ring."""
        span = SPANS[tier]
        start, end = int(self._before.before(tier)), int(self.closed.before(tier))
        start = max(start, self.thin[tier])
        turn = min(max(start, -(-ring.start // span) * span), end)
        if start < turn:
            self._closing[tier] = (start, turn)
        places: set[Place] = set()
        for low in range(floor(turn, span), end, span):
            first, last = max(low, start), min(low + span, end)
            rows = np.flatnonzero(ring.touched(first // tier, last // tier))
            places |= {(low, block) for block in np.unique(rows // BLOCK).tolist()}
        return places

    def _read(self, tier: int, ring: Ring, start: int, block: int) -> Cells:
        low, high = start // tier, (start + SPANS[tier]) // tier
        counts = ring.block(low, high, block * BLOCK, BLOCK)
        closed = self.closed.before(tier)
        if closed < start + SPANS[tier]:
            counts[:, max(0, int(closed) // tier - low) :] = 0
        return counts

    def _stored_in(self, tier: int, time: Ints) -> NDArray[np.bool_]:
        kept: NDArray[np.bool_] = (time >= self.thin[tier]) & (time < self.closed.before(tier))
        return kept

    def _parts(self, tier: int, stored: dict[int, Deltas]) -> Iterator[Deltas]:
        """Yield what the spans of a tier that the rings do not hold consist of.

        What was wanted of the finer tiers for closing never overlaps, so it adds up.
        """
        places, closing = self._places.get(tier, set()), self._closing.get(tier, (0, 0))
        for finer in STORED[: STORED.index(tier)]:
            time = stored[finer].time
            inside = (time >= closing[0]) & (time < closing[1])
            yield stored[finer].where(inside)
        own = stored[tier].where(stored[tier].time < self._before.before(tier))
        changed = self._unsaved.where(self._stored_in(tier, self._unsaved.time))
        for part in (own, changed):
            start = part.time // SPANS[tier] * SPANS[tier]
            inside = (start >= floor(closing[0], SPANS[tier])) & (start < closing[1])
            yield part.where(inside | _among(places, start, part.row // BLOCK))


def _holds(ring: Ring, tier: int, start: int) -> bool:
    return ring.start <= start and (tier != BUCKET or start + SPANS[tier] <= ring.end)


def _keys(start: Ints, block: Ints) -> Ints:
    return start * _BLOCKS + block


def _places(tier: int, deltas: Deltas) -> set[Place]:
    keys = np.unique(_keys(deltas.time // SPANS[tier] * SPANS[tier], deltas.row // BLOCK))
    return {(key // _BLOCKS, key % _BLOCKS) for key in keys.tolist()}


def _among(places: Collection[Place], start: Ints, block: Ints) -> NDArray[np.bool_]:
    keys = np.array([s * _BLOCKS + b for s, b in places], np.int64)
    return np.isin(_keys(start, block), keys)


def _runs(tier: int, places: Collection[Place]) -> Iterator[Wanted]:
    """Yield the places as few requests: spans that follow each other in one."""
    by_start = {
        start: frozenset(block for _, block in group)
        for start, group in groupby(sorted(places), key=lambda place: place[0])
    }
    starts = list(by_start)
    run: list[int] = []
    for start in [*starts, None]:
        if run and (start is None or start != run[-1] + SPANS[tier]):
            blocks = frozenset[int]().union(*(by_start[s] for s in run))
            yield Wanted(tier, run[0], run[-1] + SPANS[tier], tuple(sorted(blocks)))
            run = []
        if start is not None:
            run.append(start)


def _added_up(tier: int, parts: Iterable[Deltas]) -> Iterator[Span]:
    cells = joined([part for part in parts if len(part)])
    start = cells.time // SPANS[tier] * SPANS[tier]
    keys = _keys(start, cells.row // BLOCK)
    order = np.argsort(keys, kind="stable")
    found, first = np.unique(keys[order], return_index=True)
    for key, index in zip(found.tolist(), np.split(order, first[1:]), strict=False):
        begin, block = key // _BLOCKS, key % _BLOCKS
        counts = np.zeros((2, SPANS[tier] // tier, BLOCK), np.int64)
        bucket, column = (cells.time[index] - begin) // tier, cells.row[index] % BLOCK
        for plane, values in zip(counts, cells.counts[:, index], strict=True):
            np.add.at(plane, (bucket, column), values)
        yield Span(tier, begin, block, counts)

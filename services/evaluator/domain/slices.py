"""All derived rows of slices of a shard: what they are fed with, and what they become."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.delta import TOTAL, Deltas, Ints, joined, no_deltas
from services.evaluator.domain.row import NOBODY, UNKNOWN
from services.evaluator.domain.since import Since
from services.evaluator.domain.slice_group import Member, SliceGroup
from services.evaluator.domain.slice_ring import LATE, NOWHERE, Feed, SliceRing
from services.evaluator.domain.sliced import Sliced, SliceState
from services.evaluator.domain.table import Finder
from shared.domain.slice_grid import Grid
from shared.domain.window import DAY

STRIDE = DAY // 2  # seconds
UNHEARD = 0  # the time of a log of which nothing was heard yet


@dataclass(frozen=True, slots=True)
class Heard:
    """Changes of real counts, and the time of the log (seconds) at which they were heard of."""

    at: int
    deltas: Deltas


class Slices:
    """Turns changes of real counts into changes of derived rows.

    Everything goes by the time of the log, so that a replay comes to the same: `to` is where it
    has come to. `states` says how far derived series were that were there before; whatever lies
    in the rings must then be filled in again, before anything else. `too_late` counts the events
    that came too late to change their slice.
    """

    def __init__(self, to: int = UNHEARD, states: Mapping[int, SliceState] | None = None) -> None:
        self.to = to
        self._states = dict(states or {})
        self._sliced: dict[int, Sliced] = {}
        self._feeds: dict[int, frozenset[Feed]] = {}
        self._rings: dict[int, SliceRing] = {}
        self._groups: dict[int, list[SliceGroup]] = {}
        self._since: Since | None = None
        self.too_late = 0

    @property
    def start(self) -> int | None:
        """The earliest time of which real counts are needed; None when nothing is sliced."""
        return min((ring.start for ring in self._rings.values()), default=None)

    def first(self, grid: Grid) -> int:
        """Return the start of the first slice that the rings hold whole."""
        return grid.next_start(self._rings[grid.step].start)

    def states(self) -> dict[int, SliceState]:
        """Return how far every derived series is, those that nothing defines now included."""
        for groups in self._groups.values():
            for group in groups:
                self._states |= group.states()
        return dict(self._states)

    @property
    def feeds(self) -> bool:
        """Whether any slices are derived from real rows."""
        return any(self._feeds.values())

    def feeding(self) -> Ints:
        """Return the rows that slices are derived from."""
        rows = {row for feeds in self._feeds.values() for _, row in feeds}
        return np.array(sorted(rows), np.int64)

    def knows(self, sliced: Iterable[Sliced], find: Finder) -> bool:
        """Tell whether these can be derived from now on without reading what is stored."""
        new = [one for one in sliced if one.series not in self._sliced]
        return not any(feeds for feeds in _feeds_of(new, find).values())

    def orphans(self, find: Finder) -> list[int]:
        """Return the derived series of which the real counts are gone; forget them."""
        now = _feeds_of(self._sliced.values(), find)
        gone = [series for series, feeds in self._feeds.items() if not feeds <= now[series]]
        self.states()
        self.forget(gone)
        return gone

    def forget(self, gone: Iterable[int]) -> None:
        """Forget how far these derived series were."""
        for series in gone:
            self._states.pop(series, None)
            self._sliced.pop(series, None)
            self._feeds.pop(series, None)

    def use(self, sliced: Sequence[Sliced], find: Finder) -> None:
        """Derive exactly these; all of them have rows, which `find` gives by series."""
        states = self.states()
        self._sliced = {one.series: one for one in sliced}
        self._feeds = _feeds_of(sliced, find)
        self._feed_rings()
        rows = find(np.array(list(self._sliced), np.uint64)).tolist()
        alike: dict[tuple[object, ...], list[Member]] = defaultdict(list)
        for one, row in zip(self._sliced.values(), rows, strict=True):
            member = Member(row, one, states.get(one.series, SliceState()))
            alike[one.slicing, one.topics, len(one.parts)].append(member)
        self._groups = {step: [] for step in self._rings}
        for members in alike.values():
            self._add_group(members, find)
        self._since = None

    def begin(self, to: int) -> None:
        """Let the log begin at `to`, if nothing was heard of it yet."""
        if self.to == UNHEARD:
            self.to = to
            for step, ring in self._rings.items():
                self._move(ring, self._groups[step], to)

    def fill(self, deltas: Deltas) -> None:
        """Take real counts that are stored; the slices that they belong to are counted already."""
        for ring in self._rings.values():
            ring.add(ring.inside(deltas))

    def add(self, heard: Sequence[Heard]) -> Deltas:
        """Take changes of real counts, and return what they change about counted slices."""
        if not self._rings:
            return no_deltas()
        deltas = joined([self._timely(one) for one in heard])
        found = []
        for step, ring in self._rings.items():
            inside = ring.inside(deltas)
            if not len(inside):
                continue
            late = [(group, group.affected(inside)) for group in self._groups[step]]
            before = [(group, some, group.judged(some)) for group, some in late if len(some)]
            ring.add(inside)
            found += [group.difference(some, judged) for group, some, judged in before]
        return joined(found)

    def advance(self, to: int, watermark: Callable[[str], int], since: Since) -> Deltas:
        """Let the log have come to `to`; return what the slices add that ended.

        `watermark` gives until when a topic is complete, in milliseconds. Time moves on in
        strides, so that nothing leaves the rings before it could be counted.
        """
        found = self._begin(since) if since is not self._since else []
        while True:
            self.to = min(to, self.to + STRIDE)
            for step, ring in self._rings.items():
                self._move(ring, self._groups[step], self.to)
            for group in self._all():
                until = min((watermark(topic) for topic in group.topics), default=0) // 1000
                found.append(group.count(min(until, self.to)))
            if self.to >= to:
                return joined([deltas for deltas in found if len(deltas)])

    def _timely(self, heard: Heard) -> Deltas:
        """Return the changes that were not too late when they were heard of."""
        late = heard.deltas.time < heard.at - LATE
        if not late.any():
            return heard.deltas
        fed = late & np.isin(heard.deltas.row, self.feeding())
        self.too_late += int(np.abs(heard.deltas.counts[TOTAL, fed]).sum())
        return heard.deltas.where(~late)

    def _begin(self, since: Since) -> list[Deltas]:
        self._since = since
        return [group.begin(since.indicators) for group in self._all()]

    def _all(self) -> Iterable[SliceGroup]:
        for groups in self._groups.values():
            yield from groups

    def _move(self, ring: SliceRing, groups: Sequence[SliceGroup], to: int) -> None:
        start = ring.starts_at(to)
        moves = start > ring.start
        for group in groups if moves else ():
            group.leave(start)
        ring.advance(to)
        bounds: dict[Grid, Ints] = {}
        for group in groups if moves else ():
            grid = group.slicing.grid
            if grid not in bounds:
                bounds[grid] = _bounds(grid, ring)
            group.follow(bounds[grid])

    def _feed_rings(self) -> None:
        feeds: dict[int, set[Feed]] = defaultdict(set)
        for series, one in self._sliced.items():
            feeds[one.slicing.grid.step] |= self._feeds[series]
        self._rings = {
            step: self._rings.get(step) or SliceRing(step, self.to) for step in sorted(feeds)
        }
        for step, ring in self._rings.items():
            ring.use(feeds[step])

    def _add_group(self, members: Sequence[Member], find: Finder) -> None:
        first = members[0].sliced
        ring = self._rings[first.slicing.grid.step]
        group = SliceGroup(first.slicing, first.topics, members)

        def columns(series: Sequence[int]) -> Ints:
            rows = find(np.array(series, np.uint64))
            return np.where(rows == UNKNOWN, NOWHERE, ring.columns(rows))

        group.read(ring, columns, _bounds(first.slicing.grid, ring))
        self._groups[ring.step].append(group)


def _bounds(grid: Grid, ring: SliceRing) -> Ints:
    """Return the bounds of the slices that begin inside a ring."""
    bounds = grid.bounds(ring.start, ring.end)
    return bounds[bounds >= ring.start]


def _feeds_of(sliced: Iterable[Sliced], find: Finder) -> dict[int, frozenset[Feed]]:
    """Return, by derived series, the series that feed it and have a row."""
    pairs = [
        (one.series, series)
        for one in sliced
        for part in one.parts
        for series in (part.series, part.other)
        if series != NOBODY
    ]
    rows = find(np.array([series for _, series in pairs], np.uint64)).tolist()
    found: dict[int, set[Feed]] = {one: set() for one, _ in pairs}
    for (one, series), row in zip(pairs, rows, strict=True):
        if row != UNKNOWN:
            found[one].add((series, row))
    return {one: frozenset(feeds) for one, feeds in found.items()}

"""The derived rows whose slices are cut and judged alike: counted when due, restated when late.

The rule that everything here keeps: a derived row holds the verdicts, by the real counts of now,
on all slices of the ring that end by `until`. Slices before the ring stay as they are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.delta import Bools, Deltas, Ints, joined, no_deltas
from services.evaluator.domain.slice_part import SlicePart
from services.evaluator.domain.slice_reach import Reach
from services.evaluator.domain.slice_ring import SliceRing
from services.evaluator.domain.sliced import UNKNOWN, Counted, Sliced, SliceState
from services.evaluator.domain.stretch import Stretches
from shared.domain.slice_verdict import NEVER, Carried, Run, judge
from shared.domain.slicing import NoData, Slicing

MANY = 100  # slices


@dataclass(frozen=True, slots=True)
class Member:
    """One derived series of a group: its row, what it is derived from, and how far it is."""

    row: int
    sliced: Sliced
    state: SliceState


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts on some slices: parallel arrays; `last` is that of each part, if carried."""

    row: Ints
    start: Ints
    counted: Bools
    worth: Ints
    last: tuple[Carried | None, ...]


class SliceGroup:
    """Derived rows of one slicing, the same topics, and equally many parts.

    `bounds` are the starts of the slices that lie in the ring, and the end of the last one.
    """

    def __init__(
        self, slicing: Slicing, topics: tuple[str, ...], members: Sequence[Member]
    ) -> None:
        self.slicing = slicing
        self.topics = topics
        self._members = tuple(members)
        self._row = np.array([member.row for member in members], np.int64)
        self._until = np.array([member.state.until for member in members], np.int64)
        self.parts = [
            SlicePart(
                [member.sliced.parts[number] for member in members],
                [member.state.part(number) for member in members],
            )
            for number in range(len(members[0].sliced.parts))
        ]
        self._bounds = np.zeros(1, np.int64)
        self._ring: SliceRing

    def read(self, ring: SliceRing, columns: Callable[[list[int]], Ints], bounds: Ints) -> None:
        """Take the counts of these series from the ring from now on."""
        self._ring = ring
        for part in self.parts:
            part.read(
                columns([fed.series for fed in part.feds]), columns([f.other for f in part.feds])
            )
        self.follow(bounds)

    def states(self) -> dict[int, SliceState]:
        """Return how far each derived series is."""
        parts = zip(*(part.states() for part in self.parts), strict=True)
        return {
            member.sliced.series: SliceState(until, states)
            for member, until, states in zip(
                self._members, self._until.tolist(), parts, strict=True
            )
        }

    def leave(self, start: int) -> None:
        """Remember of the slices that begin before `start` what later ones are carried from."""
        leaving = int(np.searchsorted(self._bounds[:-1], start))
        if not leaving or self.slicing.no_data is not NoData.CARRY:
            return
        rows = np.arange(len(self._row))
        some = Stretches(rows, rows * 0, rows * 0 + leaving)
        for portion in some.portions():
            judged = self._judge(portion, [part.edge for part in self.parts])
            _keep([part.edge for part in self.parts], judged, portion)

    def follow(self, bounds: Ints) -> None:
        """Go by these bounds: what began before them stays as it was counted."""
        self._bounds = bounds
        np.maximum(self._until, bounds[0], out=self._until)

    def count(self, until: int) -> Deltas:
        """Return what the slices add that end by `until` and were not counted yet."""
        ended = int(np.searchsorted(self._bounds, until, side="right")) - 1
        if ended <= 0 or self._until.min() >= self._bounds[ended]:
            return no_deltas()
        low = np.searchsorted(self._bounds, self._until)
        rows = np.flatnonzero(low < ended)
        due = Stretches(rows, low[rows], rows * 0 + ended)
        found = []
        for portion in due.where(self._may_count(due)).portions():
            judged = self._judge(portion, [part.last for part in self.parts])
            _keep([part.last for part in self.parts], judged, portion)
            found.append(self._deltas(judged, judged.counted.astype(np.int64), judged.worth))
        self._until[rows] = self._bounds[ended]
        return joined(found)

    def _may_count(self, due: Stretches) -> Bools:
        """Leave out what is long and empty: a new row has nothing in most of the ring."""
        if (due.high - due.low).max() < MANY:
            return np.ones(len(due), np.bool_)
        end = int(self._bounds[due.high[0]])
        start = int(self._bounds[due.low.min()])
        may = np.zeros(len(due), np.bool_)
        for part in self.parts:
            may |= part.touched(self._ring, start, end)[due.row]
            if self.slicing.no_data is NoData.CARRY:
                may |= part.last.end[due.row] > NEVER
            elif self.slicing.no_data is not NoData.EXCLUDE:
                may |= part.begin[due.row] < end
        return may

    def affected(self, changes: Deltas) -> Stretches:
        """Return the counted slices whose verdict may change with these changes, by column."""
        return Reach(self.slicing, self.parts, self._bounds, self._until).of(changes)

    def judged(self, some: Stretches) -> list[Judged]:
        """Return the verdicts on these slices by the counts of now."""
        return [self._judge(one, self._before(one)) for one in some.portions()]

    def difference(self, some: Stretches, before: Sequence[Judged]) -> Deltas:
        """Return what the counts of now change about verdicts given before."""
        found = []
        for portion, old in zip(some.portions(), before, strict=True):
            new = self._judge(portion, self._before(portion))
            self._keep_newest(new, portion)
            counted = new.counted.astype(np.int64) - old.counted
            found.append(self._deltas(new, counted, new.worth - old.worth))
        return joined(found)

    def begin(self, since: Mapping[Counted, int]) -> Deltas:
        """Let empty slices count from when indicators are counted; return what that changes.

        `since` is in milliseconds.
        """
        if self.slicing.no_data not in (NoData.GOOD, NoData.BAD):
            return no_deltas()
        news = [self._sinces(part, since) for part in self.parts]
        before = np.stack([part.begin for part in self.parts])
        after = np.minimum(news, [part.first for part in self.parts])
        low, high = np.minimum(before, after).min(axis=0), np.maximum(before, after).max(axis=0)
        some = Stretches(
            np.arange(len(low)),
            np.searchsorted(self._bounds, low),
            np.searchsorted(self._bounds, np.minimum(high, self._until)),
        )
        some = some.where(((before != after).any(axis=0)) & (some.low < some.high))
        judged = self.judged(some)
        for part, moments in zip(self.parts, news, strict=True):
            part.since = moments
        return self.difference(some, judged)

    def _sinces(self, part: SlicePart, since: Mapping[Counted, int]) -> Ints:
        """Return the start of the first whole slice that is counted, by row."""
        moments = [
            max((since.get(one, UNKNOWN) for one in fed.indicators), default=UNKNOWN)
            for fed in part.feds
        ]
        grid = self.slicing.grid
        starts = [at if at == UNKNOWN else grid.next_start(-(-at // 1000)) for at in moments]
        return np.array(starts, np.int64)

    def _judge(self, some: Stretches, before: Sequence[Carried]) -> Judged:
        owner, place = some.spread()
        row, start, end = some.row[owner], self._bounds[place], self._bounds[place + 1]
        first = place == some.low[owner]
        counted, worth = np.zeros(len(row), np.bool_), np.full(len(row), self.slicing.whole)
        lasts = []
        for part, all_before in zip(self.parts, before, strict=True):
            good, total = part.counts(self._ring, row, start, end)
            part.note_first(row, start, total)
            run = Run(first, end, good, total, part.allowed[row], start >= part.begin[row])
            carried = Carried(all_before.end[some.row], all_before.worth[some.row])
            verdicts = judge(self.slicing, run, carried)
            worth = np.where(verdicts.counted, np.minimum(worth, verdicts.worth), worth)
            counted |= verdicts.counted
            lasts.append(verdicts.last)
        return Judged(row, start, counted, np.where(counted, worth, 0), tuple(lasts))

    def _before(self, some: Stretches) -> list[Carried]:
        """Return the last slice with events before each row's stretch, by row of the group.

        Only a stretch that begins with the ring has one that matters: others begin so early
        that nothing before them is carried into what changes.
        """
        at_edge = np.zeros(len(self._row), np.bool_)
        at_edge[some.row[some.low == 0]] = True
        return [
            Carried(np.where(at_edge, part.edge.end, NEVER), part.edge.worth) for part in self.parts
        ]

    def _keep_newest(self, judged: Judged, some: Stretches) -> None:
        """Note the last slices with events, as far as these stretches reach that far."""
        ends = self._bounds[some.high]
        newest = np.stack([part.last.end[some.row] for part in self.parts]) <= ends
        for number, (part, last) in enumerate(zip(self.parts, judged.last, strict=True)):
            if last is not None:
                rows, final = some.row[newest[number]], some.last[newest[number]]
                part.last.end[rows] = last.end[final]
                part.last.worth[rows] = last.worth[final]

    def _deltas(self, judged: Judged, counted: Ints, worth: Ints) -> Deltas:
        counts = np.stack((worth, counted * self.slicing.whole))
        changed = counts.any(axis=0)
        return Deltas(self._row[judged.row[changed]], judged.start[changed], counts[:, changed])


def _keep(places: Sequence[Carried], judged: Judged, some: Stretches) -> None:
    """Note the last slice with events of each stretch."""
    for carried, last in zip(places, judged.last, strict=True):
        if last is not None:
            carried.end[some.row] = last.end[some.last]
            carried.worth[some.row] = last.worth[some.last]

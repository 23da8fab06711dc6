"""Drops events that were counted before: a pure function of the log.

An event is a duplicate when an earlier record of the current or the previous block of offsets
has the same (service, id), and their record times are at most an hour apart. Duplicates are
earlier records themselves. A record without timestamp is none and makes none, and so is an
event without id.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

BLOCK = 50_000  # offsets
SPAN_MS = 3_600_000

Identity = tuple[str, str | None]  # id, service


class _Moments:
    """The record times at which one event was seen, as what they make a duplicate of: intervals.

    Kept disjoint and sorted, so that an id that every record has costs no more than others.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def covers(self, time: int) -> bool:
        place = bisect_right(self._starts, time) - 1
        return place >= 0 and time <= self._ends[place]

    def add(self, time: int) -> None:
        start, end = time - SPAN_MS, time + SPAN_MS
        low, high = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if low < high:
            start, end = min(start, self._starts[low]), max(end, self._ends[high - 1])
        self._starts[low:high] = [start]
        self._ends[low:high] = [end]


@dataclass(slots=True)
class _Block:
    """The events seen in one block: the first of each id, and all of those seen again."""

    number: int = -1
    first: dict[str, tuple[str | None, int]] = field(default_factory=dict)  # id: service, time
    again: dict[Identity, _Moments] = field(default_factory=lambda: defaultdict(_Moments))

    def holds(self, identifier: str, service: str | None, time: int) -> bool:
        """Whether an event seen here makes this one a duplicate."""
        seen = self.first.get(identifier)
        if seen is None:
            return False
        if seen[0] == service and abs(seen[1] - time) <= SPAN_MS:
            return True
        moments = self.again.get((identifier, service))
        return moments is not None and moments.covers(time)

    def add(self, identifier: str, service: str | None, time: int) -> None:
        if identifier in self.first:
            self.again[identifier, service].add(time)
        else:
            self.first[identifier] = service, time


class DuplicateFilter:
    """Remembers the events of two blocks of offsets of one partition."""

    def __init__(self, block: int = BLOCK) -> None:
        self._size = block
        self._current = _Block()
        self._previous = _Block()

    def duplicates(
        self,
        offset: int,
        ids: Sequence[str | None],
        services: Sequence[str | None],
        times: Sequence[int],
    ) -> list[int]:
        """Return the positions of the duplicates among the next events, and remember all.

        All are of the block that `offset` lies in; `times` are record times, below 0 unknown.
        """
        self._enter(offset // self._size)
        if min(times, default=0) < 0:
            return self._one_by_one(range(len(ids)), ids, services, times)
        fresh = dict(zip(ids, zip(services, times, strict=True), strict=True))
        current, previous = self._current.first.keys(), self._previous.first.keys()
        suspects: set[str | None] = set()
        if not (current.isdisjoint(fresh) and previous.isdisjoint(fresh)):
            suspects = (fresh.keys() & current) | (fresh.keys() & previous)
        if len(fresh) < len(ids):
            suspects.update(name for name, count in Counter(ids).items() if count > 1)
        for name in (None, "", *suspects):
            fresh.pop(name, None)
        self._current.first.update(fresh)  # type: ignore[arg-type]
        if not suspects:
            return []
        positions = [position for position, name in enumerate(ids) if name in suspects]
        return self._one_by_one(positions, ids, services, times)

    def _enter(self, number: int) -> None:
        if number != self._current.number:
            follows = number == self._current.number + 1
            self._previous = self._current if follows else _Block(number - 1)
            self._current = _Block(number)

    def _one_by_one(
        self,
        positions: Iterable[int],
        ids: Sequence[str | None],
        services: Sequence[str | None],
        times: Sequence[int],
    ) -> list[int]:
        found = []
        for position in positions:
            identifier, service, time = ids[position], services[position], times[position]
            if identifier and time >= 0:
                event = identifier, service, time
                if self._previous.holds(*event) or self._current.holds(*event):
                    found.append(position)
                self._current.add(*event)
        return found

"""Drops events that were counted before: a pure function of the log.

An event is a duplicate when an earlier record of the current or the previous block of offsets
has the same (service, id), and their record times are at most an hour apart. Duplicates are
earlier records themselves. A record without timestamp is none and makes none, and so is an
event without id.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

BLOCK = 50_000  # offsets
SPAN_MS = 3_600_000

_LONGEST = 256  # characters of an id or service that are kept as they are
_DIGEST = 16  # bytes

Names = Sequence[str | None]
Times = NDArray[np.int64]


class DuplicateFilter:
    """Remembers the events of two blocks of offsets of one partition."""

    def __init__(self, block: int = BLOCK) -> None:
        self._size = block
        self._current = _Block(-1)
        self._previous = _Block(-2)

    def duplicates(self, offset: int, ids: Names, services: Names, times: Times) -> list[int]:
        """Return the positions of the duplicates among the next events, and remember all.

        All are of the block that `offset` lies in; `times` are record times, below 0 unknown.
        """
        self._enter(offset // self._size)
        if len(ids) and (times.min() < 0 or not all(ids)):
            known = (times >= 0).tolist()
            kept = [place for place, name in enumerate(ids) if name and known[place]]
            some = [ids[place] for place in kept]
            found = self._found(some, [services[place] for place in kept], times[kept])
            return [kept[place] for place in found]
        return self._found(ids, services, times)

    def _enter(self, number: int) -> None:
        if number != self._current.number:
            follows = number == self._current.number + 1
            self._previous = self._current if follows else _Block(number - 1)
            self._current = _Block(number)

    def _found(self, ids: Names, services: Names, times: Times) -> list[int]:
        ids, services = _bounded(ids), _bounded(services)
        if self._previous.lacks(ids) and self._current.take_new(ids, services, times):
            return []
        return self._one_by_one(ids, services, times.tolist())

    def _one_by_one(self, ids: Names, services: Names, times: Sequence[int]) -> list[int]:
        """Look at the events whose id was seen before, the same batch included."""
        current, previous = self._current.index(), self._previous.index()
        fresh = dict(zip(ids, zip(services, times, strict=True), strict=True))
        suspects = (fresh.keys() & current.keys()) | (fresh.keys() & previous.keys())
        if len(fresh) < len(ids):
            suspects.update(name for name, count in Counter(ids).items() if count > 1)
        for name in suspects:
            del fresh[name]
        current.update(fresh)
        found = []
        for place, name in enumerate(ids) if suspects else ():
            if name in suspects:
                event = name, services[place], times[place]
                if self._previous.holds(*event) or self._current.holds(*event):
                    found.append(place)
                self._current.add(*event)
        return found


class _Block:
    """The events seen in one block of offsets.

    Until an id comes twice, a set of the ids is enough and the rest is only put by. Then every
    id gets the event that had it first, and an entry in `_again` for each further one.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._ids: set[str | None] = set()
        self._put_by: list[tuple[Names, Names, Times]] = []
        self._first: dict[str | None, tuple[str | None, int]] | None = None  # id: service, time
        self._again: dict[tuple[str | None, str | None], _Moments] = defaultdict(_Moments)

    def lacks(self, ids: Names) -> bool:
        """Whether none of these ids was seen here."""
        return (self._ids if self._first is None else self._first.keys()).isdisjoint(ids)

    def take_new(self, ids: Names, services: Names, times: Times) -> bool:
        """Remember events unless some id came before; return whether that was done."""
        if self._first is None:
            before = len(self._ids)
            self._ids.update(ids)
            if len(self._ids) == before + len(ids):
                self._put_by.append((ids, services, times))
                return True
        return False

    def index(self) -> dict[str | None, tuple[str | None, int]]:
        """Return the first event of each id."""
        if self._first is None:
            self._first = {}
            for ids, services, times in self._put_by:
                self._first.update(
                    zip(ids, zip(services, times.tolist(), strict=True), strict=True)
                )
            self._ids, self._put_by = set(), []
        return self._first

    def holds(self, name: str | None, service: str | None, time: int) -> bool:
        """Whether an event seen here makes this one a duplicate; wants `index` before."""
        seen = self.index().get(name)
        if seen is None:
            return False
        if seen[0] == service and abs(seen[1] - time) <= SPAN_MS:
            return True
        moments = self._again.get((name, service))
        return moments is not None and moments.covers(time)

    def add(self, name: str | None, service: str | None, time: int) -> None:
        first = self.index()
        if name in first:
            self._again[name, service].add(time)
        else:
            first[name] = service, time


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


def _bounded(names: Names) -> Names:
    """Return names of bounded length: a digest in place of each long one."""
    if max(map(len, filter(None, set(names))), default=0) <= _LONGEST:
        return names
    return [name if not name or len(name) <= _LONGEST else _digest(name) for name in names]


def _digest(name: str) -> str:
    return f"{len(name)} {blake2b(name.encode(), digest_size=_DIGEST).hexdigest()}"

"""What is taken out of numerator and denominator: some time, or some events in that time."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.domain.bucket import BUCKET, end_of, start_of
from shared.domain.predicate import Predicate

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Times(Protocol):
    """When something is excluded; what it looks like as text says all about it."""

    def between(self, low: int, high: int) -> Sequence[tuple[int, int]]:
        """Return the intervals that overlap `[low, high)`, in seconds, in the order of starts."""


@dataclass(frozen=True, slots=True)
class Once:
    """One interval, in seconds."""

    start: int
    end: int

    def between(self, low: int, high: int) -> Sequence[tuple[int, int]]:
        """Return the interval if it overlaps `[low, high)`."""
        return ((self.start, self.end),) if self.start < high and low < self.end else ()


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Takes events out that meet `predicate`, or all of them, at some times."""

    name: str
    times: Times
    predicate: Predicate | None
    query: str | None
    reason: str
    approved_by: str

    def between(self, low: int, high: int) -> list[tuple[int, int]]:
        """Return the intervals that overlap the buckets of `[low, high)`, rounded outwards."""
        return [_outwards(one) for one in self.times.between(low, high)]

    def holds(self, times: Ints) -> Bools:
        """Tell at which of these times, the starts of buckets, it is in force."""
        if not len(times):
            return np.zeros(0, np.bool_)
        found = self.between(int(times.min()), int(times.max()) + BUCKET)
        bounds = np.array(found, np.int64).reshape(-1, 2)
        started = np.searchsorted(np.sort(bounds[:, 0]), times, side="right")
        ended = np.searchsorted(np.sort(bounds[:, 1]), times, side="right")
        return started > ended

    def may_overlap(self, other: "Exclusion") -> bool:
        """Tell whether both may be in force at once."""
        if isinstance(self.times, Once) and isinstance(other.times, Once):
            one = _outwards((self.times.start, self.times.end))
            two = _outwards((other.times.start, other.times.end))
            return one[0] < two[1] and two[0] < one[1]
        return True


def _outwards(interval: tuple[int, int]) -> tuple[int, int]:
    return start_of(interval[0]), end_of(interval[1])


def meetings(exclusions: Sequence[Exclusion]) -> list[tuple[int, ...]]:
    """Return the positions of all that have a predicate and may be in force at once.

    Each alone, and every two or more together of which any two may meet; and any predicates
    together that differ, by the first exclusion that has each: their times may be changed, and
    then it must be known which events met several of them.
    """
    given = [at for at, one in enumerate(exclusions) if one.predicate is not None]
    pairs = {
        pair
        for pair in combinations(given, 2)
        if exclusions[pair[0]].may_overlap(exclusions[pair[1]])
    }
    found: list[tuple[int, ...]] = [(at,) for at in given]
    for members in found:
        found += [
            (*members, at)
            for at in given
            if at > members[-1] and all((one, at) in pairs for one in members)
        ]
    known = {frozenset(exclusions[at].predicate for at in members) for members in found}
    return found + [
        members
        for members in _different(exclusions, given)
        if frozenset(exclusions[at].predicate for at in members) not in known
    ]


def _different(exclusions: Sequence[Exclusion], given: Sequence[int]) -> list[tuple[int, ...]]:
    """Return every two or more of these with different predicates, by the first that has each."""
    firsts: dict[Predicate | None, int] = {}
    for at in given:
        firsts.setdefault(exclusions[at].predicate, at)
    sizes = range(2, len(firsts) + 1)
    return [members for size in sizes for members in combinations(firsts.values(), size)]


def states(exclusions: Sequence[Exclusion], times: Ints) -> tuple[Bools, Ints]:
    """Return when everything is excluded, and otherwise which predicates hold, as bits."""
    everything = np.zeros(len(times), np.bool_)
    bits = np.zeros(len(times), np.int64)
    for at, exclusion in enumerate(exclusions):
        if exclusion.predicate is None:
            everything |= exclusion.holds(times)
        else:
            bits |= exclusion.holds(times).astype(np.int64) << at
    return everything, bits

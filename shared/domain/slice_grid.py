"""Where time slices begin and end. All times are integers of seconds.

A window is cut into slices of one length: aligned to the epoch where it rolls, to the start of
each period where it follows a calendar; the last slice of a period ends with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray

from shared.domain.calendar import QUARTER_HOUR, period_at
from shared.domain.slo import CalendarWindow

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Slices of `seconds`, aligned to the epoch or to the periods of a calendar window."""

    seconds: int
    calendar: CalendarWindow | None = None

    @property
    def step(self) -> int:
        """The seconds of the buckets that slices consist of; periods begin on quarter hours."""
        return gcd(self.seconds, QUARTER_HOUR)

    def bounds(self, low: int, high: int) -> Ints:
        """Return the starts of the slices that overlap `[low, high)`, and the end of the last."""
        if self.calendar is None:
            first = low // self.seconds
            return np.arange(first, -(-high // self.seconds) + 1, dtype=np.int64) * self.seconds
        parts = list(self._parts(self.calendar, low, high))
        starts = np.concatenate([np.arange(*part, self.seconds, dtype=np.int64) for part in parts])
        edges = np.append(starts, parts[-1][1])
        first = int(np.searchsorted(edges, low, side="right")) - 1
        return edges[first : int(np.searchsorted(edges, high)) + 1]

    def slice_at(self, time: int) -> tuple[int, int]:
        """Return `(start, end)` of the slice that holds a moment."""
        if self.calendar is None:
            start = time // self.seconds * self.seconds
            return start, start + self.seconds
        begin, end = period_at(self.calendar, time)
        start = begin + (time - begin) // self.seconds * self.seconds
        return start, min(start + self.seconds, end)

    def ended(self, until: int) -> int:
        """Return the end of the last slice that has ended at a moment."""
        return self.slice_at(until)[0]

    def next_start(self, time: int) -> int:
        """Return the start of the first slice that begins at a moment or later."""
        start, end = self.slice_at(time)
        return start if start == time else end

    def count(self, low: int, high: int) -> int:
        """Return how many slices start at or after `low` and end at or before `high`."""
        low = self.next_start(low)
        if low >= high:
            return 0
        if self.calendar is None:
            return (high - low) // self.seconds
        found = 0
        for begin, end in self._parts(self.calendar, low, high):
            found += max(0, _slices(max(low, begin), min(high, end), self.seconds, end))
        return found

    def _parts(self, window: CalendarWindow, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield the periods that overlap `[low, high)`."""
        begin, end = period_at(window, low)
        yield begin, end
        while end < high:
            begin, end = period_at(window, end)
            yield begin, end


def _slices(low: int, high: int, seconds: int, end: int) -> int:
    """Return how many slices from `low`, a slice's start, on end by `high`; one ends at `end`."""
    whole = (high - low) // seconds
    return whole + (high == end and (high - low) % seconds > 0)

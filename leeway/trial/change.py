"""When the figures of a trial can change: at no other moment has it to look at them.

Sums change when something becomes known, when it leaves a window, and when a slice or a period
ends. The moments found may be too many, never too few. All times are integers of seconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from leeway.trial.arrival import Arrivals, Ints
from shared.domain.bucket import BUCKET
from shared.domain.calendar import period_at
from shared.domain.slicing import NoData, Slicing
from shared.domain.window import MINUTE, Calendar, Rolling, WindowKey


@dataclass(frozen=True, slots=True)
class Happened:
    """The buckets of all events, each once, and the seconds from which on they are known.

    `first` and `last` are those of the clock; nothing that comes later matters.
    """

    buckets: Ints
    known: Ints
    first: int
    last: int

    @property
    def begin(self) -> int:
        """The time before which nothing happened."""
        return int(np.append(self.buckets[:1], self.first).min())


def happened(counted: Iterable[Arrivals], first: int, last: int) -> Happened:
    """Return when the events of all topics happened."""
    arrived = [(one.cells.bucket * BUCKET, one.known) for one in counted]
    empty = np.empty(0, np.int64)
    buckets = np.unique(np.concatenate([empty, *(bucket for bucket, _ in arrived)]))
    known = np.unique(np.concatenate([empty, *(known for _, known in arrived)]))
    return Happened(buckets, known, first, last)


def changes(events: Happened, windows: Iterable[WindowKey], slicings: Iterable[Slicing]) -> Ints:
    """Return the seconds, in order, at which sums over these windows may change.

    A bucket is inside a window once it has begun, even if not one second of it has passed.
    """
    windows = tuple(windows)
    sliced = [_slices(events, one, windows) for one in slicings]
    derived = np.unique(np.concatenate([events.buckets, *sliced]))
    found = [events.known, events.buckets + 1, *sliced]
    for window in windows:
        if isinstance(window, Rolling):
            found.append(_leaving(window, derived if window.grid else events.buckets, events))
        elif isinstance(window, Calendar):
            found.append(_turning(window, derived))
    moments = np.unique(np.concatenate(found))
    return moments[(moments >= events.first) & (moments <= events.last)]


def _slices(events: Happened, slicing: Slicing, windows: Iterable[WindowKey]) -> Ints:
    """Return when slices may begin or end whose verdict is not that of all slices around them."""
    length, low, high = slicing.grid.seconds, events.buckets, events.buckets + BUCKET
    match slicing.no_data:
        case NoData.EXCLUDE:
            rest = 0
        case NoData.CARRY:
            rest = slicing.silence_after
        case NoData.GOOD | NoData.BAD:
            # Empty slices count from the first tick on, until windows hold nothing else.
            rest = length + max((w.reach for w in windows if isinstance(w, Rolling)), default=0)
            low, high = np.append(events.first, low), np.append(events.first, high)
    return _minutes(low - length, high + length + rest, events)


def _leaving(window: Rolling, times: Ints, events: Happened) -> Ints:
    """Return when what begins at these times may leave a window.

    A window ends with the bucket that is in progress, so it leaves as that bucket begins.
    """
    step = window.alignment
    if window.anchor is None:
        ends = (np.unique(times // step) + 1) * step + window.seconds
    else:
        left = times + window.seconds
        ends = _minutes(left, left + 2 * step, events)
    return ends - BUCKET + 1


def _turning(window: Calendar, times: Ints) -> Ints:
    """Return when the periods end that hold these times, and those in which they still count."""
    found: list[int] = []
    place = 0
    while place < len(times):
        _, end = period_at(window.window, int(times[place]))
        place = int(np.searchsorted(times, end))
        for _ in range(window.back + 1):
            found.append(end)
            _, end = period_at(window.window, end)
    return np.array(found, np.int64)


def _minutes(low: Ints, high: Ints, events: Happened) -> Ints:
    """Return every whole minute that lies in one of these ranges, as far as the clock goes.

    `low` need not be in order. Slices begin on whole minutes, and windows last whole minutes.
    """
    order = np.argsort(low)
    low = np.maximum(low[order], events.begin) // MINUTE
    high = np.minimum(np.maximum.accumulate(high[order]), events.last) // MINUTE + 1
    begins = np.append(True, low[1:] > high[:-1])[: len(low)]
    ends = np.append(begins[1:], True)[: len(low)]
    parts = zip(low[begins].tolist(), high[ends].tolist(), strict=True)
    found = [np.arange(start, end + 1, dtype=np.int64) for start, end in parts]
    return np.concatenate([np.empty(0, np.int64), *found]) * MINUTE

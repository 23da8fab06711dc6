"""The simulated clock: when it ticks, and which tick is the first to know of an event."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from shared.domain.window import BUCKET, end_of

Ints = NDArray[np.int64]

_SLOT_BITS = 4  # a bucket sees at most 13 ticks: one a second at both ends, the last, and none


class Ticks:
    """Ticks every so many seconds from `first` on, and in any case a last one at `at`."""

    def __init__(self, first: int, every: int, at: int) -> None:
        self._first = min(first, at)
        self._every = every
        self._at = at
        self._before = -(-(at - self._first) // every)  # how many ticks lie before the last

    @property
    def end(self) -> int:
        """The millisecond from which on nothing counts, not even at the last tick."""
        return min(end_of(self._at) * 1000, self._at * 1000 + 1)

    def __len__(self) -> int:
        return self._before + 1

    def __iter__(self) -> Iterator[int]:
        """Yield the seconds of every tick."""
        yield from range(self._first, self._at, self._every)
        yield self._at

    def numbers(self, seconds: Ints) -> Ints:
        """Return the first tick at or after each of these, `len(self)` where there is none."""
        numbers = np.clip(-(-(seconds - self._first) // self._every), 0, self._before)
        numbers[seconds > self._at] = len(self)
        return numbers


class Slots:
    """Numbers times finely enough to tell both the 10-second bucket and the tick that is next.

    An event is known to a tick from its own time on; so the tick inside whose bucket it lies may
    come before it.
    """

    def __init__(self, ticks: Ticks) -> None:
        self._ticks = ticks

    def of(self, times: Ints) -> Ints:
        """Return the slot of each of these times (ms)."""
        buckets = times // (BUCKET * 1000)
        later = self._ticks.numbers(-(-times // 1000)) - self._ticks.numbers(buckets * BUCKET)
        return (buckets << _SLOT_BITS) + later

    def split(self, slots: Ints) -> tuple[Ints, Ints]:
        """Return the bucket and the tick of each slot."""
        buckets = slots >> _SLOT_BITS
        later = slots & ((1 << _SLOT_BITS) - 1)
        return buckets, self._ticks.numbers(buckets * BUCKET) + later

"""The simulated clock: when it ticks, and when at the latest an event is known."""

import numpy as np
from numpy.typing import NDArray

from shared.domain.bucket import BUCKET, end_of

Ints = NDArray[np.int64]

NEVER_KNOWN = 2**62
"""In place of a second: not even the last tick knows of it."""

_SLOT_BITS = 4  # a bucket is known from one of 11 seconds on, or never
_NEVER = (1 << _SLOT_BITS) - 1


class Ticks:
    """Ticks every so many seconds from `first` on, and in any case a last one at `at`."""

    def __init__(self, first: int, every: int, at: int) -> None:
        self.first = min(first, at)
        self.every = every
        self.at = at

    @property
    def end(self) -> int:
        """The millisecond from which on nothing counts, not even at the last tick."""
        return min(end_of(self.at) * 1000, self.at * 1000 + 1)

    def __len__(self) -> int:
        return self.before(self.at) + 1

    def before(self, second: int) -> int:
        """Return how many ticks lie before a second, none of them the last one."""
        return -(-(second - self.first) // self.every)

    def next(self, second: int) -> int:
        """Return the first tick at or after a second, the last one where there is none."""
        return min(self.at, self.first + self.before(second) * self.every)

    def known(self, seconds: Ints) -> Ints:
        """Return from when on the trial knows of what happened by each of these seconds.

        That is at the next tick, or sooner at the end of a bucket. Nothing happens before the
        first tick.
        """
        tick = self.first - (self.first - seconds) // self.every * self.every
        known = np.minimum(np.minimum(tick, self.at), -(-seconds // BUCKET) * BUCKET)
        known[seconds > self.at] = NEVER_KNOWN
        return known


class Slots:
    """Numbers times finely enough to tell both the 10-second bucket and when it is known.

    An event is known to a tick from its own time on; so the tick inside whose bucket it lies may
    come before it. With `in_order` it is known at its very second: then the order in which groups
    are first seen does not depend on the ticks.
    """

    def __init__(self, ticks: Ticks, *, in_order: bool = False) -> None:
        self._ticks = ticks
        self._in_order = in_order

    def of(self, times: Ints) -> Ints:
        """Return the slot of each of these times (ms)."""
        buckets = times // (BUCKET * 1000)
        seconds = -(-times // 1000)
        known = self._ticks.known(seconds)
        if self._in_order:
            known = np.where(known == NEVER_KNOWN, known, seconds)
        later = known - buckets * BUCKET
        slots: Ints = (buckets << _SLOT_BITS) + np.minimum(later, _NEVER)
        return slots

    def split(self, slots: Ints) -> tuple[Ints, Ints]:
        """Return the bucket of each slot, and the second from which on it is known."""
        buckets = slots >> _SLOT_BITS
        later = slots & _NEVER
        return buckets, np.where(later == _NEVER, NEVER_KNOWN, buckets * BUCKET + later)

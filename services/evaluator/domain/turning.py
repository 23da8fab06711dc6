"""The turns inside windows: moments at which a target changed while the same was counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.delta import Ints
from services.evaluator.domain.watch import Watched
from shared.domain.burn_window import own_window
from shared.domain.version import ratios_by_turn
from shared.domain.window import Between, WindowKey

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Turning:
    """One turn of one entry of a table each: parallel arrays, an entry's turns by time.

    `window` is the index of what was counted since the turn at `since` (seconds), `before` and
    `after` are the ratios allowed on either side of it. `own` is the index of the budget's window
    in `own_windows`, which has each window once.
    """

    entry: Ints
    window: Ints
    since: Ints
    before: Floats
    after: Floats
    own: Ints
    own_windows: tuple[WindowKey, ...]

    def allowed_bad(self, total: Ints, counted: Ints, at: int) -> Floats:
        """Return how much may be bad of the `total` of each entry's window, 0 without turns.

        `counted` is, for every turn, what was counted since then.
        """
        starts = np.array([window.bounds(at)[0] for window in self.own_windows], np.int64)
        inside = self.since > starts[self.own]
        counted = np.where(inside, counted, total[self.entry])
        first = np.diff(self.entry, prepend=-1) != 0
        last = np.append(first[1:], True)
        whole = np.where(first, total[self.entry], np.roll(counted, 1))
        allowed = np.zeros(len(total), np.float64)
        np.add.at(allowed, self.entry, self.before * (whole - counted))
        allowed[self.entry[last]] += (self.after * counted)[last]
        return allowed


def turning_of(entries: Sequence[Watched], index: Mapping[WindowKey, int]) -> Turning | None:
    """Return the turns of these entries, as far as `index` has what was counted since them."""
    found: list[tuple[int, int, int, float, float, int]] = []
    numbers: dict[WindowKey, int] = {}
    for at, entry in enumerate(entries):
        kept = [one.until for one in entry.objective.former if Between(one.until) in index]
        if not kept:
            continue
        own = numbers.setdefault(own_window(entry.slo, entry.objective), len(numbers))
        ratios = pairwise(ratios_by_turn(entry.objective, len(kept)))
        for until, (before, after) in zip(kept, ratios, strict=True):
            found.append((at, index[Between(until)], until, before, after, own))
    if not found:
        return None
    entry_of, window, since, before_it, after_it, own_of = zip(*found, strict=True)
    return Turning(
        np.array(entry_of, np.int64),
        np.array(window, np.int64),
        np.array(since, np.int64),
        np.array(before_it, np.float64),
        np.array(after_it, np.float64),
        np.array(own_of, np.int64),
        tuple(numbers),
    )

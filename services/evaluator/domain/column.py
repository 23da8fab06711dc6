"""Which rows of the counters each entry of a table is formed from."""

from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.delta import GOOD, TOTAL, Bools, Ints

EVERY = slice(None)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Rows of the counters, by entry: -1 where nothing was counted yet.

    `other` counts good (or bad) events where these are counted `apart` from the total.
    """

    row: Ints
    other: Ints
    apart: Bools
    other_is_bad: Bools

    def __len__(self) -> int:
        return len(self.row)

    def form(self, sums: Ints, window: Ints | int, entries: Ints | slice = EVERY) -> Ints:
        """Return good and total of entries over one window, or each over its own: (2, entries).

        `sums` has the shape (2, windows, rows).
        """
        window = _common(window)
        own, apart = _pick(sums, window, self.row[entries]), self.apart[entries]
        if not apart.any():
            return own
        other = _pick(sums, window, self.other[entries])
        bad = self.other_is_bad[entries]
        good = np.where(bad, own[TOTAL] - other[TOTAL], other[TOTAL])
        good = np.clip(good, 0, np.maximum(own[TOTAL], 0))
        return np.stack((np.where(apart, good, own[GOOD]), own[TOTAL]))

    def clamped(self, sums: Ints, window: Ints) -> int:
        """Return for how many entries good and total contradict each other, counted apart."""
        total, other = (_pick(sums, window, rows)[TOTAL] for rows in (self.row, self.other))
        return int(np.count_nonzero(self.apart & (other > total)))


def _pick(sums: Ints, window: Ints | int, row: Ints) -> Ints:
    """Return the sums of these rows over these windows, 0 where there is no row."""
    if not sums.shape[2]:
        return np.zeros((2, len(row)), np.int64)
    picked = np.empty((2, len(row)), np.int64)
    for plane, target in zip(sums, picked, strict=True):
        if isinstance(window, int):
            plane[window].take(row, out=target, mode="wrap")
        else:
            target[:] = plane[window, row]
    missing = row < 0
    if missing.any():
        picked[:, missing] = 0
    return picked


def _common(window: Ints | int) -> Ints | int:
    """Return the one window that all have in common, if they do: it is faster to look up."""
    if isinstance(window, int) or not len(window):
        return window
    return int(window[0]) if (window == window[0]).all() else window

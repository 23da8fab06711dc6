"""Stretches of consecutive slices of several rows, as flat arrays."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.delta import Ints

AT_ONCE = 2**19  # slices that are judged together


@dataclass(frozen=True, slots=True)
class Stretches:
    """The slices at the places `[low, high)` of each row; parallel arrays, none of them empty."""

    row: Ints
    low: Ints
    high: Ints

    def __len__(self) -> int:
        return len(self.row)

    @property
    def last(self) -> Ints:
        """The position of each stretch's last slice among those of `spread`."""
        return np.cumsum(self.high - self.low) - 1

    def spread(self) -> tuple[Ints, Ints]:
        """Return every single slice: the stretch that it belongs to, and its place."""
        return spread(self.low, self.high)

    def where(self, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> "Stretches":
        """Return those that the mask names."""
        return Stretches(self.row[mask], self.low[mask], self.high[mask])

    def portions(self) -> Iterator["Stretches"]:
        """Yield the stretches in portions of so many slices as fit into memory."""
        number = np.cumsum(self.high - self.low) // AT_ONCE
        for one in np.unique(number):
            yield self.where(number == one)


def spread(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Return all numbers of the ranges `[low, high)`, each with the index of its range."""
    length = high - low
    owner = np.repeat(np.arange(len(low)), length)
    before = np.cumsum(length) - length
    return owner, np.arange(len(owner)) - before[owner] + low[owner]


def pairs_of(rows: Ints, places: Ints) -> Stretches:
    """Return a stretch of one slice for each of these pairs, repetitions left out."""
    found = np.unique(np.stack((rows, places)), axis=1)
    return Stretches(found[0], found[1], found[1] + 1)


def hulls_of(rows: Ints, places: Ints) -> Stretches:
    """Return one stretch for each row: from the first to the last of its places."""
    order = np.argsort(rows, kind="stable")
    row, first = np.unique(rows[order], return_index=True)
    if not len(row):
        return Stretches(row, row, row)
    places = places[order]
    return Stretches(
        row, np.minimum.reduceat(places, first), np.maximum.reduceat(places, first) + 1
    )

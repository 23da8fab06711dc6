"""How far a late change of real counts reaches: which counted slices it may judge otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.delta import Deltas, Ints
from services.evaluator.domain.slice_part import SlicePart
from services.evaluator.domain.stretch import Stretches, hulls_of, pairs_of
from shared.domain.slicing import NoData, Slicing


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """The slices of a group at one moment: their `bounds`, and `until` when each row is counted."""

    slicing: Slicing
    parts: Sequence[SlicePart]
    bounds: Ints
    until: Ints

    def of(self, changes: Deltas) -> Stretches:
        """Return the counted slices that these changes, by column, may bear upon."""
        row, place = self._touched(changes.where(changes.time < self.until.max()))
        match self.slicing.no_data:
            case NoData.EXCLUDE:
                return pairs_of(row, place)
            case NoData.GOOD | NoData.BAD:
                return self._to_begin(hulls_of(row, place))
            case NoData.CARRY:
                return self._with_carried(hulls_of(row, place))

    def _touched(self, late: Deltas) -> tuple[Ints, Ints]:
        """Return row and place of the counted slices in which these changes lie."""
        place = np.searchsorted(self.bounds, late.time, side="right") - 1
        rows, places = [], []
        for part in self.parts:
            index, row = part.readers(late.row)
            rows.append(row)
            places.append(place[index])
        row, place = np.concatenate(rows), np.concatenate(places)
        inside = (place >= 0) & (place < len(self.bounds) - 1)
        row, place = row[inside], place[inside]
        counted = self.bounds[place + 1] <= self.until[row]
        return row[counted], place[counted]

    def _to_begin(self, some: Stretches) -> Stretches:
        """Add the empty slices that count once there are events before them."""
        begin = np.max([part.begin[some.row] for part in self.parts], axis=0)
        stop = np.searchsorted(self.bounds, np.minimum(begin, self.until[some.row]))
        return Stretches(some.row, some.low, np.maximum(some.high, stop))

    def _with_carried(self, some: Stretches) -> Stretches:
        """Add the slices that these are carried into, and those that they are carried from."""
        silence, bounds = self.slicing.silence_after, self.bounds
        low = np.searchsorted(bounds[1:], bounds[some.low + 1] - silence)
        high = np.searchsorted(bounds[1:], bounds[some.high] + silence, side="right")
        ended = np.searchsorted(bounds, self.until[some.row])
        return Stretches(some.row, low, np.minimum(high, ended))

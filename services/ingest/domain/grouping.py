"""Counts the events of grouped indicators per combination of values."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from services.ingest.domain.classify import ColumnOf, GroupBy, Judged
from services.ingest.domain.classnumber import number_keys
from services.ingest.domain.group import GroupSeries, Values, group_texts
from services.ingest.domain.serieslist import SeriesList
from services.ingest.domain.tally import Feed, Sums, Tally

Ints = NDArray[np.int64]


class _Members:
    """The events that some grouping applies to: by class, and the kinds of them in this chunk."""

    def __init__(self) -> None:
        self.by_class: dict[int, Judged] = {}
        self.kinds: dict[Hashable, int] = {}
        self._flags: NDArray[np.bool_] = np.zeros(0, np.bool_)

    def rows(self, classes: Ints, known: int) -> Ints:
        """Return which events have a class that the grouping applies to."""
        if len(self._flags) != known:
            self._flags = np.zeros(known, np.bool_)
            self._flags[list(self.by_class)] = True
        return np.flatnonzero(self._flags[classes])


class Grouping:
    """The counts of all groups in the current chunk.

    A kind of event is a class with a combination of values, so that only the first of its kind
    is looked at more closely.
    """

    def __init__(self, series: SeriesList) -> None:
        self._series = GroupSeries(series)
        self._tally = Tally()
        self._members: dict[GroupBy, _Members] = {}
        self._known = 0

    def define(self, grouped: Mapping[GroupBy, Judged]) -> None:
        """Take over what the next class counts for."""
        for fields, judged in grouped.items():
            self._members.setdefault(fields, _Members()).by_class[self._known] = judged
        self._known += 1

    def add(self, column_of: ColumnOf, classes: Ints, buckets: Ints, weights: Ints) -> None:
        """Count events of these classes; `weights` has a row for each weighing."""
        for fields, members in self._members.items():
            rows = members.rows(classes, self._known)
            if len(rows):
                values = _values_of(fields, column_of, rows)
                kinds = self._kinds(members, classes[rows].tolist(), values)
                self._tally.add(kinds, buckets[rows], weights[:, rows])

    def sums(self) -> Sums:
        """Return what was counted since the chunk started."""
        return self._tally.sums()

    def clear(self) -> None:
        """Forget the groups: a new chunk begins."""
        self._series.clear()
        self._tally = Tally()
        for members in self._members.values():
            members.kinds.clear()

    def _kinds(self, members: _Members, classes: Sequence[int], values: Sequence[Values]) -> Ints:
        def define(row: int) -> int:
            return self._tally.define(
                [
                    Feed(self._series.of(one, values[row]), good, one.weighing)
                    for one, good in members.by_class[classes[row]]
                ]
            )

        return number_keys(members.kinds, list(zip(classes, values, strict=True)), define)


def _values_of(fields: GroupBy, column_of: ColumnOf, rows: Ints) -> list[Values]:
    texts = []
    for path in fields:
        column = column_of(path)
        if len(rows) < len(column):
            column = [column[row] for row in rows]
        texts.append(group_texts(column))
    return list(zip(*texts, strict=True))

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

_VALUE_BITS = 32
_LATECOMER = (1 << _VALUE_BITS) - 1  # stands for all values that no indicator has room for


class Grouping:
    """The counts of all groups in the current chunk."""

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

    def add(self, column_of: ColumnOf, classes: Ints, buckets: Ints, weights: Ints | None) -> None:
        """Count events of these classes; `weights` has a row for each weighing, None is all 1."""
        for fields, members in self._members.items():
            rows = members.rows(classes, self._known)
            if len(rows):
                values = _values_of(fields, column_of, rows)
                kinds = members.kinds(classes[rows], values, self._series, self._tally)
                some = None if weights is None else weights[:, rows]
                self._tally.add(kinds, buckets[rows], some)

    def sums(self) -> Sums:
        """Return what was counted since the chunk started."""
        return self._tally.sums()

    def clear(self) -> None:
        """Forget the groups: a new chunk begins."""
        self._series.clear()
        self._tally = Tally()
        for members in self._members.values():
            members.clear()


class _Members:
    """The events that one grouping applies to.

    A kind of event is a class with a combination of values, so that only the first of its kind
    is looked at more closely. Once all indicators of a class are full, new values are one kind.
    """

    def __init__(self) -> None:
        self.by_class: dict[int, Judged] = {}
        self._applies: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self.clear()

    def clear(self) -> None:
        """Forget the values: a new chunk begins."""
        self._values: dict[str | Values, int] = {}
        self._kinds: dict[Hashable, int] = {}
        self._full: NDArray[np.bool_] = np.zeros(len(self._applies), np.bool_)

    def rows(self, classes: Ints, known: int) -> Ints:
        """Return which events have a class that the grouping applies to."""
        if len(self._applies) != known:
            self._applies = np.zeros(known, np.bool_)
            self._applies[list(self.by_class)] = True
            self._full = np.append(self._full, np.zeros(known - len(self._full), np.bool_))
        return np.flatnonzero(self._applies[classes])

    def kinds(
        self, classes: Ints, values: Sequence[str | Values], series: GroupSeries, tally: Tally
    ) -> Ints:
        """Return the kind of each event, defining in `tally` those that are new."""

        def define(row: int) -> int:
            number = int(classes[row])
            judged = self.by_class[number]
            if keys[row] & _LATECOMER == _LATECOMER:
                feeds = [Feed(series.other(one), good, one.weighing) for one, good in judged]
            else:
                text = values[row]
                group = (text,) if isinstance(text, str) else text
                feeds = [Feed(series.of(one, group), good, one.weighing) for one, good in judged]
                self._full[number] = all(series.is_full(one) for one, _ in judged)
            return tally.define(feeds)

        keys: list[int] = (classes << _VALUE_BITS | self._numbers(classes, values)).tolist()
        return number_keys(self._kinds, keys, define)

    def _numbers(self, classes: Ints, values: Sequence[str | Values]) -> Ints:
        known = self._values
        numbers = np.array([known.get(value, -1) for value in values], np.int64)
        is_new = numbers < 0
        late = is_new & self._full[classes]
        numbers[late] = _LATECOMER
        for row in np.flatnonzero(is_new & ~late).tolist():
            numbers[row] = known.setdefault(values[row], len(known))
        return numbers


def _values_of(fields: GroupBy, column_of: ColumnOf, rows: Ints) -> Sequence[str | Values]:
    """Return the values of events: texts when there is one field, otherwise tuples of texts."""
    columns = [column_of(path) for path in fields]
    if len(rows) < len(columns[0]):
        columns = [[column[row] for row in rows] for column in columns]
    texts = [group_texts(column) for column in columns]
    return texts[0] if len(texts) == 1 else list(zip(*texts, strict=True))

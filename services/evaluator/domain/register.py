"""Finds the row that counts for each series, and gives rows to new ones in log order."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from services.evaluator.domain.delta import TOTAL, Bools, Deltas, Ints
from services.evaluator.domain.group import GROUPS, Grouped, Groups, Reach
from services.evaluator.domain.row import UNKNOWN, Rows, Series
from shared.domain.bucket import BUCKET
from shared.wire import Cells, GroupName

NEVER = -1


class Register:
    """The rows of a shard, the groups among them, and when each last counted something.

    `last` is that time by row, NEVER where it counted nothing yet; slices are not among them.
    `changed` says whether names changed since it was last set to False.
    """

    def __init__(
        self,
        series: Series | None = None,
        groups: Iterable[GroupName] = (),
        last: Ints | None = None,
        clean: Iterable[int] = (),
    ) -> None:
        self.rows = Rows(series, clean)
        self.groups = Groups(GROUPS)
        self.groups.restore(groups)
        self.last = np.full(len(self.rows), NEVER, np.int64) if last is None else last.copy()
        self.changed = False
        self._present: set[int] = set()

    def watch(self, reach: Mapping[Grouped, Reach]) -> None:
        """Take over how long groups are shown, and which indicators share their places."""
        self.groups.watch(reach)

    def resolve(
        self,
        cells: Cells,
        names: Sequence[GroupName],
        now: int,
    ) -> Ints:
        """Return the row that counts each cell; series seen for the first time get one.

        `names` names the groups among the series. `now` is the time in the log in seconds.
        """
        rows = self.rows.find(cells.series)
        known = rows != UNKNOWN
        if not known.all():
            rows = self._with_new_ones(cells.series, ~known, names, now)
        self._note_last(rows, cells)
        return rows

    def rows_of(self, cells: Cells) -> Ints:
        """Return the row that counts each cell, none of them of a group without a row."""
        rows = self.rows.find(cells.series)
        if (rows == UNKNOWN).any():
            self.give_rows(cells.series)
            rows = self.rows.find(cells.series)
        self._note_last(rows, cells)
        return rows

    def give_rows(self, series: Series) -> None:
        """Give a row to each of these series that has none."""
        new = np.unique(series[self.rows.find(series) == UNKNOWN])
        if len(new):
            rows = self.rows.add(new)
            more = len(self.rows) - len(self.last)
            self.last = np.concatenate((self.last, np.full(more, NEVER, np.int64)))
            self.last[rows] = NEVER
            self.changed = True

    def note(self, derived: Deltas) -> None:
        """Take note of when derived rows counted something, as far as anything of it remains."""
        if not len(derived):
            return
        remains = derived.merged()
        remains = remains.where(remains.counts[TOTAL] > 0)
        np.maximum.at(self.last, remains.row, remains.time)

    def drop(self, rows: Ints) -> None:
        """Forget the series of these rows."""
        self.groups.drop(set(self.rows.series[rows].tolist()))
        self.rows.drop(rows)
        self.changed = True

    def _note_last(self, rows: Ints, cells: Cells) -> None:
        np.maximum.at(self.last, rows, cells.bucket * BUCKET)

    def _with_new_ones(
        self,
        series: Series,
        unknown: Bools,
        names: Sequence[GroupName],
        now: int,
    ) -> Ints:
        """Return the rows of these series, after giving one to each that has none."""
        groups = {name.series: name for name in names}
        self._present = set(series.tolist())
        stand_ins = {
            one: self._stand_in(groups[one], now)
            for one in np.unique(series[unknown]).tolist()
            if one in groups
        }
        counted_as = series.copy()
        for at in np.flatnonzero(unknown).tolist():
            one = int(counted_as[at])
            counted_as[at] = stand_ins.get(one, one)
        self.give_rows(counted_as)
        return self.rows.find(counted_as)

    def _stand_in(self, name: GroupName, now: int) -> int:
        """Return the series that counts for a group without a row: its own or `__other__`."""
        if self.groups.has_place(name) or self._make_place(name, now):
            self.groups.admit(name)
            return name.series
        return self.groups.turn_away(name).series

    def _make_place(self, name: GroupName, now: int) -> bool:
        leavers = self.groups.leavers(name, now, self._last_of)
        if leavers:
            self.rows.drop(self.rows.find(np.array([one.series for one in leavers], np.uint64)))
        return bool(leavers)

    def _last_of(self, series: int) -> int | None:
        """Return the time of a series' newest event, None when it is in the message at hand."""
        if series in self._present:
            return None
        return int(self.last[self.rows.find(np.array([series], np.uint64))[0]])

"""What calendar periods of a day or longer came to when they ended: kept for good, in SQL.

A period's total is written once it is over, and written anew when a late event changes it, for as
long as its sums are kept: at least eight days. What is written are absolute values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.breach import Key
from services.evaluator.domain.counters import Counters
from services.evaluator.domain.delta import GOOD, TOTAL, Deltas, Ints
from services.evaluator.domain.running_sum import Bounds, Summed
from services.evaluator.domain.table import Table
from services.evaluator.domain.watch import Watched
from shared.domain.slo import CalendarWindow
from shared.domain.window import Calendar

AT_ONCE = 2_000  # totals of periods that just ended, in one flush


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """What one objective, or a group of it, counted in a period that is over."""

    entry: Watched
    window: CalendarWindow
    start: int
    end: int
    good: int
    total: int


class PeriodEnds:
    """Knows which totals are to be written.

    `marks` say, by window, until when every period was written as a whole; they are part of the
    checkpoint that is stored together with the totals. That goes for the entries of that time:
    of those that count a window's periods only since, all that are still held are written. After
    a start these may be any, if the definitions are newer than `revision`.
    """

    def __init__(
        self, marks: Mapping[CalendarWindow, int] | None = None, revision: int | None = None
    ) -> None:
        self.marks = dict(marks or {})
        self._revision = revision
        self._new: dict[CalendarWindow, set[Key]] = {}  # entries by window
        self._late: dict[tuple[CalendarWindow, int], set[int]] = {}  # rows by window and start
        self._written: dict[CalendarWindow, int] = {}  # how many entries of the next period
        self._table: Table | None = None

    def note(self, deltas: Deltas, bounds: Summed) -> None:
        """Take down which rows late changes concern, before they are counted."""
        if not len(deltas):
            return
        earliest = int(deltas.time.min())
        for window, (start, end) in _ended(bounds):
            if earliest < end:
                late = deltas.row[(deltas.time >= start) & (deltas.time < end)]
                self._late.setdefault((window.window, start), set()).update(late.tolist())

    def pending(self, bounds: Summed) -> bool:
        """Tell whether there is something to write."""
        ended = (end > self.marks.get(one.window, 0) for one, (_, end) in _ended(bounds))
        return any(self._late.values()) or any(self._new.values()) or any(ended)

    def take(self, counters: Counters, table: Table, revision: int) -> list[PeriodTotal]:
        """Return what is to be written now; it must get written."""
        if self._table is not table:
            self._note_new(table, revision)
            self._table, self._written = table, {}
        new = {window: self._take_new(window, table) for window in self._new}
        late, self._late = self._late, {}
        found: dict[tuple[int, int], PeriodTotal] = {}
        unfinished: set[CalendarWindow] = set()
        for window, (start, end) in sorted(_ended(counters.bounds), key=lambda one: one[1]):
            entries = np.flatnonzero(
                table.window == counters.windows.index(Calendar(window.window))
            )
            chosen = [_concerned(table, entries, late.get((window.window, start), set()))]
            if window.window in new:
                chosen.append(new[window.window])
            if end > self.marks.get(window.window, 0) and window.window not in unfinished:
                chosen.append(self._next(window.window, entries, end))
                if window.window in self._written:
                    unfinished.add(window.window)
            for entry, good, total in _counted(counters, table, window, chosen):
                found[entry, end] = PeriodTotal(
                    table.entries[entry], window.window, start, end, good, total
                )
        return list(found.values())

    def _note_new(self, table: Table, revision: int) -> None:
        """Take down which entries count periods that were written without them."""
        if self._table is None and revision <= (self._revision or 0):
            return
        before = _counting(self._table) if self._table else {}
        now = _counting(table)
        left = {window: self._new.get(window, set()) & keys for window, keys in now.items()}
        self._new = {
            window: left[window] | (keys - before.get(window, set()))
            for window, keys in now.items()
            if window in self.marks
        }

    def _take_new(self, window: CalendarWindow, table: Table) -> Ints:
        """Return the next entries of which all periods that are held are to be written."""
        keys = sorted(self._new[window])[:AT_ONCE]
        self._new[window].difference_update(keys)
        places = {entry.key: at for at, entry in enumerate(table.entries)} if keys else {}
        return np.array([places[key] for key in keys], np.int64)

    def _next(self, window: CalendarWindow, entries: Ints, end: int) -> Ints:
        """Return the next entries of a period that was not written as a whole yet."""
        first = self._written.pop(window, 0)
        if first + AT_ONCE < len(entries):
            self._written[window] = first + AT_ONCE
        else:
            self.marks[window] = end
        return entries[first : first + AT_ONCE]


def _ended(bounds: Summed) -> Iterator[tuple[Calendar, Bounds]]:
    """Yield the periods of a day or longer that are over, and still counted."""
    for window, interval in bounds:
        if isinstance(window, Calendar) and window.back and window.window.unit != "h":
            yield window, interval


def _counting(table: Table) -> dict[CalendarWindow, set[Key]]:
    """Return which entries count the periods of each window."""
    found: dict[CalendarWindow, set[Key]] = {}
    for at in np.flatnonzero(table.before >= 0).tolist():
        entry = table.entries[at]
        if isinstance(entry.slo.window, CalendarWindow):
            found.setdefault(entry.slo.window, set()).add(entry.key)
    return found


def _concerned(table: Table, entries: Ints, rows: set[int]) -> Ints:
    """Return those of the entries that count in some of these rows."""
    if not rows:
        return entries[:0]
    some = np.array(sorted(rows), np.int64)
    counted = table.counted
    return entries[np.isin(counted.row[entries], some) | np.isin(counted.other[entries], some)]


def _counted(
    counters: Counters, table: Table, window: Calendar, chosen: list[Ints]
) -> Iterator[tuple[int, int, int]]:
    """Yield entry, good and total; of the last ones chosen only those that counted something."""
    index = counters.windows.index(window)
    for number, entries in enumerate(chosen):
        counts = table.counts_among(counters.sums, entries, index)
        kept = (counts[TOTAL] != 0) | (number == 0)
        columns = entries[kept], counts[GOOD][kept], counts[TOTAL][kept]
        yield from zip(*(column.tolist() for column in columns), strict=True)

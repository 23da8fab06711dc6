"""All objectives of a shard as parallel arrays, evaluated together."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.column import Columns
from services.evaluator.domain.delta import TOTAL, Bools, Ints
from services.evaluator.domain.turning import Turning, turning_of
from services.evaluator.domain.watch import NONE, Watched, counted_raw
from shared.domain.budget import allowed_ratio, error_ratios, expected_totals, whole_period_ratios
from shared.domain.burn_window import own_window, window_before
from shared.domain.slicing import Slicing
from shared.domain.window import Between, Calendar, WindowKey

FOR_EVER = 2**62  # milliseconds: what reads no topic lacks nothing

Floats = NDArray[np.float64]
Finder = Callable[[NDArray[np.uint64]], Ints]


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One entry per objective and group: parallel arrays beside `entries`.

    `counted` is what the budget counts, events or slices; `events` are the events. `window` is the
    index of the objective's own window among those of the counters; `before` that of the period
    before, -1 where the window rolls, and `periods` are the calendar windows by index. `cut` names
    the entries that count slices of calendar periods, and of how many groups each does. `allowed`
    goes by the targets in force, and `turning` says which of them changed inside a window. `topics`
    is the index of the topics it reads in `topic_sets`.
    """

    entries: tuple[Watched, ...]
    counted: Columns
    events: Columns
    window: Ints
    before: Ints
    periods: Mapping[int, Calendar]
    cut: tuple[tuple[Slicing, Calendar, Ints, Ints], ...]
    allowed: Floats
    turning: Turning | None
    topics: Ints
    topic_sets: tuple[tuple[str, ...], ...]

    def counts(self, sums: Ints) -> Ints:
        """Return good and total of every entry over its own window: (2, entries)."""
        return self.counted.form(sums, self.window)

    def counts_over(self, sums: Ints, window: int) -> Ints:
        """Return good and total of every entry over one of the counters' windows: (2, entries)."""
        return self.counted.form(sums, window)

    def counts_among(self, sums: Ints, entries: Ints | slice, window: int | None = None) -> Ints:
        """Return good and total of some entries, over their own windows when none is given."""
        own = self.window[entries] if window is None else window
        return self.counted.form(sums, own, entries)

    def events_over(self, sums: Ints, window: int) -> Ints:
        """Return the good and all events of every entry over one window: (2, entries)."""
        return self.events.form(sums, window)

    def events_among(self, sums: Ints, entries: Ints | slice, window: Ints | int) -> Ints:
        """Return the good and all events of some entries over one window, or each over its own."""
        return self.events.form(sums, window, entries)

    def events_in(self, counts: Ints) -> Ints:
        """Return the good and all events of every entry out of counts by row: (2, rows)."""
        return self.events_over(counts[:, None, :], 0)

    def complete(self, watermark: Callable[[str], int]) -> Ints:
        """Return until when (ms) every entry's topics are complete, by their watermarks."""
        least = [min(map(watermark, topics), default=FOR_EVER) for topics in self.topic_sets]
        return np.array(least, np.int64)[self.topics]

    def breached(self, sums: Ints, stale: Bools, at: int) -> Bools:
        """Return which entries break their promise at the moment `at`, as far as that is known."""
        counts, rolls = self.counts(sums), self.before < 0
        broken = np.zeros(len(rolls), np.bool_)
        with np.errstate(invalid="ignore"):
            if rolls.any():
                broken = error_ratios(*counts) > self.allowed_over_window(sums, at)
            if not rolls.all():
                spent = self._of_whole_period(sums, at, counts) >= self.allowed_over_period(
                    sums, at
                )
                broken = np.where(rolls, broken, spent)
        return broken & ~stale

    def allowed_over_window(self, sums: Ints, at: int) -> Floats:
        """Return the ratio allowed over every entry's own window: a mean where targets changed."""
        if self.turning is None:
            return self.allowed
        total = self.counts(sums)[TOTAL]
        since = self.counted.form(sums, self.turning.window, self.turning.entry)[TOTAL]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self.turning.allowed_bad(total, since, at) / total
        turned = np.isin(np.arange(len(total)), self.turning.entry) & (total > 0)
        return np.where(turned, mean, self.allowed)

    def allowed_over_period(self, sums: Ints, at: int) -> Floats:
        """Return the ratio allowed over every entry's whole period, the rest by today's target."""
        if self.turning is None:
            return self.allowed
        mean = self.allowed_over_window(sums, at)
        with np.errstate(invalid="ignore", divide="ignore"):
            total = self.counts(sums)[TOTAL]
            passed = total / self._expected(sums, at, total)
            whole = mean * passed + self.allowed * (1 - passed)
        return np.where(mean == self.allowed, mean, whole)

    def turned_rows(self, windows: Sequence[WindowKey], find: Finder) -> dict[Between, Ints]:
        """Return, for what is counted since each turn, the rows that count it, excluded or not."""
        found: dict[Between, Ints] = {}
        if self.turning is not None:
            for index in np.unique(self.turning.window).tolist():
                entries = self.turning.entry[self.turning.window == index]
                raw = [s for at in entries.tolist() for s in counted_raw(self.entries[at])]
                rows = np.concatenate(
                    (
                        self.counted.row[entries],
                        self.counted.other[entries],
                        find(np.array(raw, np.uint64)),
                    )
                )
                window = windows[index]
                if isinstance(window, Between):
                    found[window] = np.unique(rows[rows >= 0])
        return found

    def whole_period_ratios(self, sums: Ints, at: int) -> Floats:
        """Return bad / expected total of every entry's whole period; NaN where its window rolls."""
        return self._of_whole_period(sums, at, self.counts(sums))

    def _of_whole_period(self, sums: Ints, at: int, counts: Ints) -> Floats:
        good, total = counts
        ratios = whole_period_ratios(good, total, self._expected(sums, at, total))
        ratios[self.before < 0] = np.nan
        return ratios

    def _expected(self, sums: Ints, at: int, total: Ints) -> Floats:
        before = self.counted.form(sums, np.maximum(self.before, 0))[TOTAL]
        elapsed, length = np.zeros((2, sums.shape[1]))
        for index, window in self.periods.items():
            (start, to), (_, end) = window.bounds(at), window.period(at)
            elapsed[index], length[index] = to - start, end - start
        expected = expected_totals(total, before, elapsed[self.window], length[self.window])
        for slicing, window, entries, groups in self.cut:
            expected[entries] = slicing.whole * slicing.grid.count(*window.period(at)) * groups
        return expected

    def clamped(self, sums: Ints) -> int:
        """Return for how many entries good and total contradict each other, counted apart."""
        return self.events.clamped(sums, self.window)


def tabulate(entries: Sequence[Watched], find: Finder, windows: Sequence[WindowKey]) -> Table:
    """Return the table of these entries; `find` gives the rows of series."""
    index = {window: i for i, window in enumerate(windows)}
    topic_sets: dict[tuple[str, ...], int] = {}
    topics = np.empty(len(entries), np.int64)
    window, before = np.full((2, len(entries)), -1, np.int64)
    known: dict[
        tuple[int, int], tuple[int, int, int]
    ] = {}  # an objective's groups have them in common
    for at, entry in enumerate(entries):
        key = id(entry.slo), id(entry.objective)
        found = known.get(key)
        if found is None:
            names = entry.slo.topics()
            own = index[own_window(entry.slo, entry.objective)]
            last = window_before(entry.slo)
            found = known[key] = (
                topic_sets.setdefault(names, len(topic_sets)),
                own,
                index[last] if last else -1,
            )
        topics[at], window[at], before[at] = found
    return Table(
        tuple(entries),
        *_columns(entries, find),
        window,
        before,
        {i: key for i, key in enumerate(windows) if isinstance(key, Calendar) and not key.back},
        cut_of(entries, np.ones(len(entries), np.int64)),
        np.array([allowed_ratio(entry.objective.target) for entry in entries], np.float64),
        turning_of(entries, index),
        topics,
        tuple(topic_sets),
    )


def cut_of(
    entries: Sequence[Watched], groups: Ints
) -> tuple[tuple[Slicing, Calendar, Ints, Ints], ...]:
    """Return the entries that count slices of calendar periods, those of so many groups each."""
    found: dict[tuple[Slicing, Calendar], list[int]] = defaultdict(list)
    for at, entry in enumerate(entries):
        if entry.sliced and isinstance(own := own_window(entry.slo, entry.objective), Calendar):
            found[entry.sliced.slicing, own].append(at)
    return tuple(
        (*key, np.array(members, np.int64), groups[members]) for key, members in found.items()
    )


def _columns(entries: Sequence[Watched], find: Finder) -> tuple[Columns, Columns]:
    """Return the columns of what the budgets count, and those of the events."""
    other = np.array([entry.other for entry in entries], np.uint64)
    events = Columns(
        find(np.array([entry.series for entry in entries], np.uint64)),
        find(other),
        other != NONE,
        np.array([entry.objective.other_is_bad for entry in entries], np.bool_),
    )
    slices = np.array([e.sliced.series if e.sliced else NONE for e in entries], np.uint64)
    if not slices.any():
        return events, events
    sliced = slices != NONE
    row = np.where(sliced, find(slices), events.row)
    return Columns(row, events.other, events.apart & ~sliced, events.other_is_bad), events

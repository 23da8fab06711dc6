"""All objectives of a shard as parallel arrays, evaluated together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.delta import GOOD, TOTAL, Bools, Ints
from services.evaluator.domain.watch import NONE, Watched
from shared.domain.budget import allowed_ratio, error_ratios, expected_totals, whole_period_ratios
from shared.domain.burn_window import own_window, window_before
from shared.domain.window import Calendar, WindowKey

Floats = NDArray[np.float64]
Finder = Callable[[NDArray[np.uint64]], Ints]

EVERY = slice(None)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One entry per objective and group: parallel arrays beside `entries`.

    `row` and `other` are rows of the counters, -1 where nothing was counted yet (`other` also
    where good and total are counted together). `window` is the index of the objective's own window
    among those of the counters; `before` that of the period before, -1 where the window rolls, and
    `periods` are the calendar windows by index. `topics` is the index of the topics it reads in
    `topic_sets`.
    """

    entries: tuple[Watched, ...]
    row: Ints
    other: Ints
    apart: Bools
    other_is_bad: Bools
    window: Ints
    before: Ints
    periods: Mapping[int, Calendar]
    allowed: Floats
    topics: Ints
    topic_sets: tuple[tuple[str, ...], ...]

    def counts(self, sums: Ints) -> Ints:
        """Return good and total of every entry over its own window: (2, entries)."""
        return self._form(sums, self.window)

    def counts_over(self, sums: Ints, window: int) -> Ints:
        """Return good and total of every entry over one of the counters' windows: (2, entries)."""
        return self._form(sums, window)

    def counts_among(self, sums: Ints, entries: Ints, window: int | None = None) -> Ints:
        """Return good and total of some entries, over their own windows when none is given."""
        return self._form(sums, self.window[entries] if window is None else window, entries)

    def counts_in(self, counts: Ints) -> Ints:
        """Return good and total of every entry out of counts by row: (2, rows)."""
        return self.counts_over(counts[:, None, :], 0)

    def stale(self, watermark: Callable[[str], int], oldest: int) -> Bools:
        """Return which entries read a topic whose watermark lies before `oldest` (ms)."""
        flags = [any(watermark(t) < oldest for t in topics) for topics in self.topic_sets]
        return np.array(flags, np.bool_)[self.topics]

    def breached(self, sums: Ints, stale: Bools, at: int) -> Bools:
        """Return which entries break their promise at the moment `at`, as far as that is known."""
        with np.errstate(invalid="ignore"):
            broken: Bools = error_ratios(*self.counts(sums)) > self.allowed
            if self.periods:
                spent = self.whole_period_ratios(sums, at) >= self.allowed
                broken = np.where(self.before < 0, broken, spent)
        return broken & ~stale

    def whole_period_ratios(self, sums: Ints, at: int) -> Floats:
        """Return bad / expected total of every entry's whole period; NaN where its window rolls."""
        good, total = self.counts(sums)
        before = self._form(sums, np.maximum(self.before, 0))[TOTAL]
        elapsed, length = np.zeros((2, sums.shape[1]))
        for index, window in self.periods.items():
            (start, to), (_, end) = window.bounds(at), window.period(at)
            elapsed[index], length[index] = to - start, end - start
        expected = expected_totals(total, before, elapsed[self.window], length[self.window])
        ratios = whole_period_ratios(good, total, expected)
        ratios[self.before < 0] = np.nan
        return ratios

    def clamped(self, sums: Ints) -> int:
        """Return for how many entries good and total contradict each other, counted apart."""
        total, other = (_pick(sums, self.window, rows)[TOTAL] for rows in (self.row, self.other))
        return int(np.count_nonzero(self.apart & (other > total)))

    def _form(self, sums: Ints, window: Ints | int, entries: Ints | slice = EVERY) -> Ints:
        own, apart = _pick(sums, window, self.row[entries]), self.apart[entries]
        if not apart.any():
            return own
        other = _pick(sums, window, self.other[entries])
        bad = self.other_is_bad[entries]
        good = np.where(bad, own[TOTAL] - other[TOTAL], other[TOTAL])
        good = np.clip(good, 0, np.maximum(own[TOTAL], 0))
        return np.stack((np.where(apart, good, own[GOOD]), own[TOTAL]))


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
            names = tuple(sorted({i.source.topic for i in entry.slo.indicators()}))
            own = index[own_window(entry.slo, entry.objective)]
            last = window_before(entry.slo)
            found = known[key] = (
                topic_sets.setdefault(names, len(topic_sets)),
                own,
                index[last] if last else -1,
            )
        topics[at], window[at], before[at] = found
    series = np.array([entry.series for entry in entries], np.uint64)
    other = np.array([entry.other for entry in entries], np.uint64)
    return Table(
        tuple(entries),
        find(series),
        find(other),
        other != NONE,
        np.array([entry.objective.other_is_bad for entry in entries], np.bool_),
        window,
        before,
        {i: key for i, key in enumerate(windows) if isinstance(key, Calendar) and not key.back},
        np.array([allowed_ratio(entry.objective.target) for entry in entries], np.float64),
        topics,
        tuple(topic_sets),
    )


def _pick(sums: Ints, window: Ints | int, row: Ints) -> Ints:
    """Return the sums of these rows over these windows, 0 where there is no row."""
    if not sums.shape[2]:
        return np.zeros((2, len(row)), np.int64)
    picked = np.empty((2, len(row)), np.int64)
    for plane, target in zip(sums, picked, strict=True):
        target[:] = plane[window, row]
    picked[:, row < 0] = 0
    return picked

"""One shard: the fold of its part of the counts log, its counters, and what they mean now."""

from collections.abc import Mapping, Sequence

import numpy as np

from services.evaluator.domain.alerting import Alerting
from services.evaluator.domain.arrival import Arrivals
from services.evaluator.domain.breach import Breaches
from services.evaluator.domain.counters import Counters
from services.evaluator.domain.delta import Deltas, Ints, joined
from services.evaluator.domain.derived import Derived
from services.evaluator.domain.fold import Fold
from services.evaluator.domain.judgement import Judgement
from services.evaluator.domain.period_end import PeriodTotal
from services.evaluator.domain.progress import Progress
from services.evaluator.domain.register import Register
from services.evaluator.domain.row import NOBODY
from services.evaluator.domain.running_sum import Head
from services.evaluator.domain.saving import Saving
from services.evaluator.domain.since import CountedSince, Since
from services.evaluator.domain.table import Table, tabulate
from services.evaluator.domain.undefined import Undefined
from services.evaluator.domain.watch import Watch
from shared.domain.bucket import end_of
from shared.domain.silence import Silence
from shared.segment import BLOCK
from shared.wire import Counts


class Shard:
    """The state of one shard in memory; all of it comes back from a checkpoint and the log.

    `names_changed` says that rows or groups changed since it was last set to False. `taken_at` is
    when this process took it over (seconds).
    """

    def __init__(
        self,
        fold: Fold,
        register: Register,
        counters: Counters,
        progress: Progress,
        breaches: Breaches,
        derived: Derived,
        alerting: Alerting,
        taken_at: int,
        undefined: Mapping[int, int] | None = None,
    ) -> None:
        self.fold = fold
        self.register = register
        self.counters = counters
        self.progress = progress
        self.breaches = breaches
        self.derived = derived
        self.heard_until = derived.slices.to
        self.alerting = alerting
        self.undefined = Undefined(undefined)
        self.watch: Watch | None = None
        self.table: Table = tabulate((), register.rows.find, ())
        self.names_changed = False
        self._arrivals = Arrivals(register)
        self._judgement = Judgement(breaches, alerting, taken_at)
        self._since = CountedSince()

    @property
    def number(self) -> int:
        """Which counts partition it is."""
        return self.fold.shard

    @property
    def is_settled(self) -> bool:
        """Whether everything that was read is counted."""
        return not self._arrivals

    @property
    def has_unsaved(self) -> bool:
        """Whether counts changed since the last flush."""
        counted = bool(self._arrivals) or self.counters.unsaved > 0
        happened = bool(self.alerting.happened)
        happened |= self.progress.period_ends.pending(self.counters.bounds)
        return counted or happened or self.names_changed or len(self.register.rows.left()) > 0

    def apply(self, offset: int, heard_at_ms: int, message: Counts) -> None:
        """Take the next message of the counts log; it counts from the next `settle` on."""
        heard_at = heard_at_ms // 1000
        self.derived.slices.begin(end_of(heard_at))
        self.heard_until = max(self.heard_until, heard_at)
        self.progress.next_offset = offset + 1
        cells = self.fold.apply(message, heard_at_ms)
        if cells is None or not len(cells):
            return
        if message.groups:
            self._arrivals.add_groups(heard_at, cells, message.groups)
        else:
            self._arrivals.add(heard_at, cells)

    def settle(self) -> bool:
        """Count what was applied since the last call; return whether there was anything."""
        if not self._arrivals:
            return False
        heard = self._arrivals.take()
        if self.register.changed:
            self._tabulate()
        heard_at = [one.at for one in heard]
        for counted in (
            joined([one.deltas for one in heard]),
            self.derived.take(heard, self.register),
        ):
            self._count(counted)
            self._judgement.note_counted(counted, heard_at)
        return True

    def use(self, watch: Watch, now: int) -> None:
        """Go by these definitions from now on; the counters must reach far enough for them."""
        self.settle()
        self.watch = watch
        self.register.watch(watch.reach)
        self.counters.use(watch.windows)
        self._tabulate()
        self._judgement.define(now)
        self.drop_undefined(now)

    def reaches(self, watch: Watch) -> bool:
        """Tell whether the counters go back far enough for these definitions."""
        derived = self.derived.knows(watch.entries(self.register.groups), self.register.rows.find)
        return derived and all(self.counters.reaches(window) for window in watch.windows)

    def advance(self, now: int, stale_after: int, silences: Sequence[Silence] = ()) -> None:
        """Let it be `now` (seconds): move the windows, note what is breached, judge the alerts."""
        self.move(now)
        self.note_breaches(now, stale_after)
        self.judge(now, stale_after, silences)

    def move(self, now: int) -> None:
        """Let the windows end at `now` (seconds)."""
        self.settle()
        self.counters.advance(now)
        until = end_of(self.heard_until)
        self._count(self.derived.advance(until, self.fold.watermark, self.counted_since()))
        self._judgement.note_complete(self.fold.watermark)

    def note_breaches(self, now: int, stale_after: int) -> None:
        """Note what is breached `now`, to where the windows were moved."""
        self._judgement.note_breaches(self.counters.sums, now, stale_after)

    def judge(self, now: int, stale_after: int, silences: Sequence[Silence] = ()) -> None:
        """Judge the alerts by the figures of `now`, to where the windows were moved."""
        sums, last = self.counters.sums, self.register.last
        self._judgement.judge(sums, last, now, stale_after, silences)

    def drop_undefined(self, now: int) -> None:
        """Forget the series that nothing has defined for a week."""
        self.settle()
        if self.watch is None:
            return
        series = self.register.rows.series
        gone = self.undefined.expired(series, self.defined(), now)
        if len(gone):
            self.derived.slices.forget(series[gone].tolist())
            self.register.drop(gone)
            self._tabulate()

    def counted_since(self) -> Since:
        """Return from when on indicators and objectives are counted."""
        return self._since.of(self.fold, self.watch)

    def defined(self) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
        """Return the series that the definitions name, and those of rejected records."""
        found = {entry.series for entry in self.table.entries}
        found |= {entry.other for entry in self.table.entries}
        found |= self.derived.wanted.series()
        found |= set(self.watch.invalid) if self.watch else set()
        return np.array(sorted(found - {NOBODY}), np.uint64)

    def heads(self) -> list[Head]:
        """Return what was counted before the turns of targets, in the quarter hours of those."""
        return self.counters.heads(
            self.table.turned_rows(self.counters.windows, self.register.rows.find)
        )

    def saving(self) -> Saving:
        """Return what a flush must write of the counters; the changes count as saved with it."""
        self.settle()
        progress = self.progress
        cleared = self._clear_rows()
        saving = Saving(
            self.counters.tiers,
            self.counters.take_unsaved(),
            progress.closed,
            progress.thinned,
            cleared,
            self.derived.slices.start,
        )
        progress.closed, progress.thinned = saving.closed, saving.thin
        return saving

    def take_periods(self) -> list[PeriodTotal]:
        """Return the totals of ended periods that a flush must write; they count as written."""
        revision = self.watch.revision if self.watch else 0
        return self.progress.period_ends.take(self.counters, self.table, revision)

    def count_past(self, past: Deltas) -> None:
        """Count what remains of stored counts after exclusions that are new."""
        self._count(past, of_old=True)
        self.register.note(past)
        self.derived.slices.fill(past)

    def _count(self, deltas: Deltas, *, of_old: bool = False) -> None:
        if not len(deltas):
            return
        self.progress.period_ends.note(deltas, self.counters.bounds)
        self.counters.add(deltas, of_old=of_old)

    def _clear_rows(self) -> Ints:
        """Make rows that their series left ready for new ones, one block at a time."""
        left = self.register.rows.left()
        rows = left[left // BLOCK == left[0] // BLOCK] if len(left) else left
        if len(rows):
            self.counters.clear(rows)
            self.register.rows.cleaned(rows)
        return rows

    def _tabulate(self) -> None:
        """Go by the definitions, groups and rows of now."""
        entries = self.watch.entries(self.register.groups) if self.watch else ()
        self.derived.use(entries, self.register)
        self.counters.ensure_rows(len(self.register.rows))
        self.table = tabulate(entries, self.register.rows.find, self.counters.windows)
        revision = self.watch.revision if self.watch else 0
        self._judgement.bind(self.table, self.counters.windows, revision)
        if self.register.changed:
            self.register.changed, self.names_changed = False, True

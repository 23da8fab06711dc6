"""What the figures of a shard mean now: which objectives are breached, and which alerts stand."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from services.evaluator.domain.alert_turn import Moment
from services.evaluator.domain.alerting import Alerting
from services.evaluator.domain.backfill import Backfill
from services.evaluator.domain.breach import Breaches
from services.evaluator.domain.check import Checks, tabulate_checks
from services.evaluator.domain.condition import Conditions
from services.evaluator.domain.delta import Bools, Deltas, Ints
from services.evaluator.domain.table import Table
from services.evaluator.domain.whole import Wholes, wholes_of
from shared.domain.silence import Silence
from shared.domain.window import WindowKey


class Judgement:
    """Judges a table of objectives by the sums of the counters' windows.

    `taken_at` is when this process took the shard over (seconds): alerts wait until everything up
    to then is counted.
    """

    def __init__(self, breaches: Breaches, alerting: Alerting, taken_at: int) -> None:
        self.breaches = breaches
        self.alerting = alerting
        self.taken_at = taken_at
        self._defined_at = taken_at
        self._table: Table
        self._complete: Ints = np.empty(0, np.int64)  # until when (ms), by entry
        self._backfill = Backfill()
        self._checks: Checks | None = None
        self._wholes: Wholes | None = None

    def define(self, now: int) -> None:
        """Let the table be that of definitions which are in force from `now` on."""
        self._defined_at = now
        self.breaches.forget_others()

    def bind(self, table: Table, windows: Sequence[WindowKey], revision: int) -> None:
        """Go by the entries of this table, and by these windows of the counters."""
        self._table = table
        self._wholes = wholes_of(table, windows)
        wholes = self._wholes.table.entries if self._wholes else ()
        self.breaches.bind([entry.key for entry in (*table.entries, *wholes)])
        places = {window: index for index, window in enumerate(windows)}
        known = self._checks
        if known is None or known.windows != places or known.entries != table.entries:
            self._checks = known = tabulate_checks(table.entries, places)
        self.alerting.bind(Conditions(known, table), revision)

    def note_counted(self, counted: Deltas, heard_at: Sequence[int]) -> None:
        """Note what was counted that was heard of at these times of the log."""
        self._backfill.note(counted, min(self.alerting.at, *heard_at))

    def note_complete(self, watermark: Callable[[str], int]) -> None:
        """Note until when every topic is complete."""
        self._complete = self._table.complete(watermark)

    def note_breaches(self, sums: Ints, now: int, stale_after: int) -> None:
        """Note what is breached `now`."""
        stale = self._stale(now, stale_after)
        breached = self._table.breached(sums, stale, now)
        if self._wholes is not None:
            breached = np.append(breached, self._wholes.breached(sums, stale, now))
        self.breaches.note(breached, now)

    def judge(
        self, sums: Ints, last: Ints, now: int, stale_after: int, silences: Sequence[Silence]
    ) -> None:
        """Judge the alerts by the figures of `now`; `last` is when each row last counted."""
        stale = self._stale(now, stale_after)
        incomplete = self._complete < self.taken_at * 1000
        self._backfill.fade(now)
        filling = self._backfill.fills(self._table, sums)
        at = datetime.fromtimestamp(now, UTC)
        moment = Moment(
            now,
            sums,
            last,
            blind=stale | incomplete | filling,
            stale=stale,
            settled=now - max(self.taken_at, self._defined_at) >= stale_after,
            silences=tuple(silence for silence in silences if silence.is_active(at)),
        )
        self.alerting.judge(moment)

    def _stale(self, now: int, stale_after: int) -> Bools:
        stale: Bools = self._complete < (now - stale_after) * 1000
        return stale

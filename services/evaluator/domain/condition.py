"""Which alert rules hold at a moment: array expressions over all checks of a shard."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from services.evaluator.domain.budget_left import FOR_EVER, budget_left
from services.evaluator.domain.check import NO_WINDOW, Checks, Run
from services.evaluator.domain.delta import GOOD, TOTAL, Bools, Ints
from services.evaluator.domain.table import Floats, Table
from shared.domain.alert_rule import RuleKind
from shared.domain.budget import error_ratios

_NEAR = 1e-9  # relative: by so much may what is formed of rounded ratios miss what it is equal to

_COMPARE: dict[str, Callable[[Floats, Floats], Bools]] = {
    "gt": np.greater,
    "gte": np.greater_equal,
    "lt": np.less,
    "lte": np.less_equal,
}


@dataclass(frozen=True, slots=True)
class Held:
    """Per check: whether its rule holds, and whether that is not known.

    Where it is not known, as when only the short window holds nothing, no alert begins or ends.
    """

    holds: Bools
    unsure: Bools


@dataclass(frozen=True, slots=True)
class Conditions:
    """Tells which checks of a table hold."""

    checks: Checks
    table: Table

    def held(self, sums: Ints, last: Ints, stale: Bools, at: int, *, settled: bool) -> Held:
        """Return which checks hold by these sums at a moment, in seconds.

        `last` is when each row last counted something. Being `stale` says nothing yet until figures
        have had time to arrive and are `settled`.
        """
        holds = np.zeros(len(self.checks), np.bool_)
        unsure = np.zeros(len(self.checks), np.bool_)
        for run, part, entries in self.checks.ranges():
            if run.kind is RuleKind.STALE:
                holds[part] = stale[entries] & settled
                unsure[part] = stale[entries] & (not settled)
            elif run.kind is RuleKind.NO_DATA:
                holds[part] = self._went_silent(sums, last, run, entries)
            else:
                found = self._burning(sums, run, part, entries)
                if run.hour != NO_WINDOW and len(found):
                    found = found[self._short_of_budget(sums, run, found, at)]
                if run.short != NO_WINDOW and len(found):
                    found, unclear = self._still_burning(sums, run, found)
                    unsure[unclear] = True
                holds[found] = True
        return Held(holds, unsure)

    def lookback_is_empty(self, sums: Ints, checks: Ints) -> Bools:
        """Return for each of these checks whether its long window holds nothing."""
        empty = np.zeros(len(checks), np.bool_)
        for run, part, _ in self.checks.ranges():
            inside = (checks >= part.start) & (checks < part.stop)
            if run.long != NO_WINDOW and inside.any():
                found = checks[inside]
                _, counts = self._burnt(sums, run, run.long, found, self.checks.entry[found])
                empty[inside] = counts[TOTAL] <= 0
        return empty

    def _went_silent(self, sums: Ints, last: Ints, run: Run, entries: Ints | slice) -> Bools:
        """Return which entries counted something once, but not over the lookback nor their own.

        The lookback reaches over the beginning of a calendar period, when nothing can be there.
        Events whose slice has not ended yet are not counted, but they are not silence either.
        """
        table = self.table
        over = table.counts_among(sums, entries, run.long)[TOTAL]
        own = table.counts_among(sums, entries)[TOTAL]
        row = table.events.row[entries]
        silent: Bools = (over <= 0) & (own <= 0) & (row >= 0)
        silent[silent] = last[row[silent]] >= 0
        if table.events is not table.counted:
            silent &= table.events_among(sums, entries, run.long)[TOTAL] <= 0
            silent &= table.events_among(sums, entries, table.window[entries])[TOTAL] <= 0
        return silent

    def _burning(self, sums: Ints, run: Run, part: slice, entries: Ints | slice) -> Ints:
        """Return the checks of a run that hold as far as the long window is concerned."""
        checks = self.checks
        burnt, counts = self._burnt(sums, run, run.long, part, entries)
        with np.errstate(invalid="ignore"):
            holds = _COMPARE[run.op](burnt, checks.limit[part])
        if self.table.events is not self.table.counted and not run.joint:
            counts = self.table.events_among(sums, entries, run.long)
        holds &= counts[TOTAL] - counts[GOOD] >= checks.min_bad[part]
        found: Ints = part.start + np.flatnonzero(holds)
        return found

    def _still_burning(self, sums: Ints, run: Run, found: Ints) -> tuple[Ints, Ints]:
        """Return which checks hold over the short window as well, and those it says nothing of."""
        burnt, counts = self._burnt(sums, run, run.short, found, self.checks.entry[found])
        with np.errstate(invalid="ignore"):
            holds = _COMPARE[run.op](burnt, self.checks.limit[found])
        return found[holds], found[counts[TOTAL] <= 0]

    def _burnt(
        self, sums: Ints, run: Run, window: int, checks: Ints | slice, entries: Ints | slice
    ) -> tuple[Floats, Ints]:
        """Return what checks of a run compare with their limits, and what was counted.

        That is the error ratio of their entries, or the burn rate of all parts together.
        """
        together = self.checks.together
        if not run.joint or together is None or isinstance(entries, slice):
            counts = self.table.counts_among(sums, entries, window)
            return error_ratios(*counts), counts
        counts_of = partial(self.table.counts_among, sums, window=window)
        burn = together.burn(entries, lambda parts: error_ratios(*counts_of(parts)))
        burn = together.settled(burn, self.checks.limit[checks], entries, counts_of)
        return burn, together.added(entries, counts_of)

    def _short_of_budget(self, sums: Ints, run: Run, found: Ints, at: int) -> Bools:
        """Return which checks hold as far as the budget that is left is concerned.

        Of a calendar window that is the budget of the whole period, and it has to be spent in it.
        """
        checks, entries = self.checks, self.checks.entry[found]
        left = budget_left(self.table, checks.windows, sums, at, entries)
        spent, allowed = left.spent, self.table.allowed[entries]
        if run.joint and checks.together:
            spent = checks.together.burn(entries, lambda parts: self._spent(sums, at, parts))
            allowed = np.ones(len(entries))
        hour, _ = self._burnt(sums, run, run.hour, found, entries)
        asked = [checks.asked[number] for number in checks.terms[found].tolist()]
        below = np.array([terms.budget for terms in asked], np.float64)
        within = np.array([terms.within for terms in asked], np.float64)
        lasts = (allowed - spent) * left.length
        with np.errstate(invalid="ignore"):
            in_time = (hour > 0) & (lasts <= within * hour * (1 + _NEAR))
            in_time &= lasts < left.ends * hour * (1 - _NEAR)
            soon = (within == FOR_EVER) | (lasts <= 0) | in_time
            short: Bools = (spent > below) & soon
        return short

    def _spent(self, sums: Ints, at: int, entries: Ints) -> Floats:
        return budget_left(self.table, self.checks.windows, sums, at, entries).spent

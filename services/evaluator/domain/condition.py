"""Which alert rules hold at a moment: array expressions over all checks of a shard."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.check import NO_WINDOW, Checks, Run
from services.evaluator.domain.delta import TOTAL, Bools, Ints
from services.evaluator.domain.table import Floats, Table
from shared.domain.alert_rule import RuleKind
from shared.domain.budget import error_ratios
from shared.domain.window import HOUR

_COMPARE: dict[str, Callable[[Floats, Floats], Bools]] = {
    "gt": np.greater,
    "gte": np.greater_equal,
    "lt": np.less,
    "lte": np.less_equal,
}


@dataclass(frozen=True, slots=True)
class Held:
    """Per check: whether its rule holds, and whether only the short window does not say.

    Where it does not say, an alert neither begins nor ends.
    """

    holds: Bools
    unsure: Bools


@dataclass(frozen=True, slots=True)
class Conditions:
    """Tells which checks hold; `windows` are the indices of the counters' windows by length."""

    checks: Checks
    table: Table
    windows: Mapping[int, int]

    def held(self, sums: Ints, stale: Bools) -> Held:
        """Return which checks hold by these sums; `stale` are the entries that are overdue."""
        holds = np.zeros(len(self.checks), np.bool_)
        unsure = np.zeros(len(self.checks), np.bool_)
        for run, first, last in self.checks.ranges():
            entries = self.checks.entry[first:last]
            if run.kind is RuleKind.STALE:
                holds[first:last] = stale[entries]
            elif run.kind is RuleKind.NO_DATA:
                holds[first:last] = self._empty(sums, run, entries)
            else:
                self._burns(sums, run, first, last, holds, unsure)
        return Held(holds, unsure)

    def lookback_is_empty(self, sums: Ints, checks: Ints) -> Bools:
        """Return for each of these checks whether its long window holds nothing."""
        empty = np.zeros(len(checks), np.bool_)
        for run, first, last in self.checks.ranges():
            inside = (checks >= first) & (checks < last)
            if run.long != NO_WINDOW and inside.any():
                entries = self.checks.entry[checks[inside]]
                empty[inside] = self.table.counts_among(sums, run.long, entries)[TOTAL] <= 0
        return empty

    def _empty(self, sums: Ints, run: Run, entries: Ints) -> Bools:
        """Return which entries counted something once, but not over the lookback nor their own.

        The lookback reaches over the beginning of a calendar period, when nothing can be there.
        """
        table = self.table
        over = table.counts_among(sums, run.long, entries)[TOTAL]
        own = table.counts(sums)[TOTAL][entries]
        empty: Bools = (over <= 0) & (own <= 0) & (table.row[entries] >= 0)
        return empty

    def _burns(
        self, sums: Ints, run: Run, first: int, last: int, holds: Bools, unsure: Bools
    ) -> None:
        checks, compare = self.checks, _COMPARE[run.op]
        limits = checks.limit[first:last]
        good, total = self.table.counts_among(sums, run.long, checks.entry[first:last])
        with np.errstate(invalid="ignore"):
            long = compare(error_ratios(good, total), limits)
        long &= total - good >= checks.min_bad[first:last]
        found = first + np.flatnonzero(long)
        found = found[self._budget_is_short(sums, found)]
        if run.short != NO_WINDOW and len(found):
            over = self.table.counts_among(sums, run.short, checks.entry[found])
            with np.errstate(invalid="ignore"):
                short = compare(error_ratios(*over), checks.limit[found])
            unsure[found] = over[TOTAL] <= 0
            found = found[short]
        holds[found] = True

    def _budget_is_short(self, sums: Ints, found: Ints) -> Bools:
        """Return which of these checks hold as far as the budget that is left is concerned."""
        asked = self.checks.asked
        short = np.ones(len(found), np.bool_)
        if not any(terms.narrowed for terms in asked):
            return short
        entries = self.checks.entry[found]
        own = error_ratios(*self.table.counts(sums)[:, entries])
        hour = error_ratios(*self.table.counts_among(sums, self.windows[HOUR], entries))
        allowed = self.table.allowed[entries]
        for at, number in enumerate(self.checks.terms[found].tolist()):
            terms = asked[number]
            burn = terms.rule.burn
            if terms.budget is not None:
                short[at] &= own[at] > terms.budget
            if burn is not None and burn.exhausted_within is not None:
                left = (allowed[at] - own[at]) * terms.length
                short[at] &= left <= 0 or burn.exhausted_within * hour[at] >= left > 0
        return short

"""The figures that cause an alert's transition."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from services.evaluator.domain.budget_left import budget_left
from services.evaluator.domain.check import Terms
from services.evaluator.domain.delta import Ints
from services.evaluator.domain.table import Table
from services.evaluator.domain.watch import Watched
from shared.domain.budget import burn_rate, error_ratio, time_to_exhaustion
from shared.domain.burn_window import burn_windows, lookback_window
from shared.domain.window import WindowKey
from shared.notification import Figures

LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that can be written


@dataclass(frozen=True, slots=True)
class Reckoner:
    """Forms the figures of entries at one moment, in seconds; `windows` are those of the sums."""

    table: Table
    windows: Mapping[WindowKey, int]
    sums: Ints
    now: int

    def figures(self, entry: int, terms: Terms) -> Figures:
        """Return the figures of an entry, with those that a rule goes by."""
        about, burn = self.table.entries[entry], terms.rule.burn
        good, total = self.table.counts_among(self.sums, np.array([entry]))[:, 0].tolist()
        ratio = error_ratio(good, total)
        windows = burn_windows(about.slo, about.objective)
        rates = {name: self._burn(entry, window) for name, window in windows.items()}
        figures = Figures(
            target=float(about.objective.target),
            window=about.slo.window.text,
            sli=None if ratio is None else good / total,
            burn_rates=rates,
        )
        if ratio is not None:
            figures = self._with_budget(figures, entry)
        figures = _with_counts(figures, about, good, total)
        if burn is None:
            return figures
        return replace(
            figures,
            threshold=float(burn.threshold),
            lookback=burn.lookback_text,
            burn_long=self._lookback(entry, burn.lookback),
            short_window=burn.short_window_text,
            burn_short=self._lookback(entry, burn.short_window),
        )

    def _lookback(self, entry: int, seconds: int | None) -> float | None:
        if seconds is None:
            return None
        about = self.table.entries[entry]
        return self._burn(entry, lookback_window(about.slo, about.objective, seconds))

    def _burn(self, entry: int, window: WindowKey) -> float | None:
        counts = self.table.counts_among(self.sums, np.array([entry]), self.windows[window])
        good, total = counts[:, 0].tolist()
        return burn_rate(good, total, float(self.table.allowed[entry]))

    def _with_budget(self, figures: Figures, entry: int) -> Figures:
        """Return the figures with what is left of the budget: in a period, of the whole one."""
        left = budget_left(self.table, self.windows, self.sums, self.now, np.array([entry]))
        remaining = 1 - float(left.spent[0]) / float(self.table.allowed[entry])
        length, ends = int(left.length[0]), float(left.ends[0])
        seconds = time_to_exhaustion(remaining, length, figures.burn_rates["1h"])
        known = seconds is not None and seconds < ends and self.now + seconds <= LAST_SECOND
        at = datetime.fromtimestamp(int(self.now + (seconds or 0)), UTC) if known else None
        return replace(figures, remaining_ratio=remaining, exhausted_at=at)


def _with_counts(figures: Figures, about: Watched, good: int, total: int) -> Figures:
    """Return the figures with what was counted; ratios add up to no number of good slices."""
    if about.sliced is None or not about.sliced.slicing.ratio:
        return replace(figures, good=good, bad=total - good, total=total)
    return replace(figures, total=total // about.sliced.slicing.whole)

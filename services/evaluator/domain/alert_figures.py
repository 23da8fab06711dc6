"""The figures that cause an alert's transition."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.evaluator.domain.check import Terms
from services.evaluator.domain.condition import Conditions
from services.evaluator.domain.delta import Ints
from shared.domain.budget import burn_rate, error_ratio, time_to_exhaustion
from shared.domain.burn_window import burn_windows
from shared.notification import Figures

LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that can be written


@dataclass(frozen=True, slots=True)
class Reckoner:
    """Forms the figures of entries at one moment, in seconds."""

    conditions: Conditions
    sums: Ints
    now: int

    def figures(self, entry: int, terms: Terms) -> Figures:
        """Return the figures of an entry, with those that a rule goes by."""
        table, burn = self.conditions.table, terms.rule.burn
        about, allowed = table.entries[entry], float(table.allowed[entry])
        good, total = table.counts_of(self.sums, entry)
        ratio = error_ratio(good, total)
        remaining = None if ratio is None else 1 - ratio / allowed
        lengths = burn_windows(about.slo)
        rates = {name: self._burn(entry, length) for name, length in lengths.items()}
        figures = Figures(
            target=float(about.objective.target),
            window=about.slo.window.text,
            sli=None if ratio is None else good / total,
            good=good,
            bad=total - good,
            total=total,
            remaining_ratio=remaining,
            exhausted_at=self._exhausted_at(remaining, terms.length, rates["1h"]),
            burn_rates=rates,
        )
        if burn is None:
            return figures
        return replace(
            figures,
            threshold=float(burn.threshold),
            lookback=burn.lookback_text,
            burn_long=self._burn(entry, burn.lookback),
            short_window=burn.short_window_text,
            burn_short=self._burn(entry, burn.short_window),
        )

    def _burn(self, entry: int, length: int | None) -> float | None:
        window = None if length is None else self.conditions.windows.get(length)
        if window is None:
            return None
        table = self.conditions.table
        good, total = table.counts_of(self.sums, entry, window)
        return burn_rate(good, total, float(table.allowed[entry]))

    def _exhausted_at(
        self, remaining: float | None, length: int, burn_1h: float | None
    ) -> datetime | None:
        seconds = None if remaining is None else time_to_exhaustion(remaining, length, burn_1h)
        if seconds is None or self.now + seconds > LAST_SECOND:
            return None
        return datetime.fromtimestamp(int(self.now + seconds), UTC)

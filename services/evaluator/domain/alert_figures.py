"""The figures that cause alerts' transitions, formed for all entries that change at once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from math import isnan

import numpy as np

from services.evaluator.domain.budget_left import budget_left
from services.evaluator.domain.check import Terms
from services.evaluator.domain.delta import GOOD, TOTAL, Ints
from services.evaluator.domain.table import Table
from services.evaluator.domain.watch import Watched
from shared.domain.budget import error_ratios, time_to_exhaustion
from shared.domain.burn_window import burn_windows, lookback_window
from shared.domain.window import WindowKey
from shared.notification import Figures

LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that can be written


class Reckoner:
    """Knows the figures of some entries at one moment, in seconds.

    Arrays are formed at once, for `sums` will change; figures of single entries when they are
    asked for. `windows` are the indices of the windows in `sums`.
    """

    def __init__(
        self,
        table: Table,
        windows: Mapping[WindowKey, int],
        sums: Ints,
        now: int,
        entries: Ints,
    ) -> None:
        self._windows = windows
        self._now = now
        self._entries = table.entries
        self._changing = entries
        allowed = table.allowed[entries]
        self._counts = table.counts_among(sums, entries)
        left = budget_left(table, windows, sums, now, entries)
        self._remaining = 1 - left.spent / allowed
        self._lengths, self._ends = left.length, left.ends
        self._burns = np.empty((len(windows), len(entries)))
        for index, burns in enumerate(self._burns):
            burns[:] = error_ratios(*table.counts_among(sums, entries, index)) / allowed
        self._rates: dict[int, Mapping[str, float | None]] = {}

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return {entry: place for place, entry in enumerate(self._changing.tolist())}

    def figures(self, entry: int, terms: Terms) -> Figures:
        """Return the figures of an entry, with those that a rule goes by."""
        about, burn, place = self._entries[entry], terms.rule.burn, self._places[entry]
        rates = self._rates.get(place) or self._rates_of(about, place)
        good, total, bad = self._counted(about, place)
        sli = self._counts.item(GOOD, place) / self._counts.item(TOTAL, place) if total else None
        return Figures(
            target=float(about.objective.target),
            window=about.slo.window.text,
            sli=sli,
            good=good,
            bad=bad,
            total=total,
            remaining_ratio=self._remaining.item(place) if total else None,
            exhausted_at=self._exhausted_at(place, rates["1h"]) if total else None,
            threshold=float(burn.threshold) if burn else None,
            lookback=burn.lookback_text if burn else None,
            burn_long=self._lookback(about, place, burn.lookback if burn else None),
            short_window=burn.short_window_text if burn else None,
            burn_short=self._lookback(about, place, burn.short_window if burn else None),
            burn_rates=rates,
        )

    def _rates_of(self, about: Watched, place: int) -> Mapping[str, float | None]:
        """Return the burn rates of an entry by window; its rules have them in common."""
        windows = burn_windows(about.slo, about.objective)
        rates = {name: self._burn(place, window) for name, window in windows.items()}
        self._rates[place] = rates
        return rates

    def _counted(self, about: Watched, place: int) -> tuple[int | None, int, int | None]:
        """Return good, total and bad; ratios add up to no number of good slices."""
        good, total = self._counts.item(GOOD, place), self._counts.item(TOTAL, place)
        if about.sliced is None or not about.sliced.slicing.ratio:
            return good, total, total - good
        return None, total // about.sliced.slicing.whole, None

    def _lookback(self, about: Watched, place: int, seconds: int | None) -> float | None:
        if seconds is None:
            return None
        return self._burn(place, lookback_window(about.slo, about.objective, seconds))

    def _burn(self, place: int, window: WindowKey) -> float | None:
        rate: float = self._burns.item(self._windows[window], place)
        return None if isnan(rate) else rate

    def _exhausted_at(self, place: int, burn_1h: float | None) -> datetime | None:
        """Return when the budget is spent, where that is before a new one begins."""
        remaining, length = self._remaining.item(place), int(self._lengths.item(place))
        seconds = time_to_exhaustion(remaining, length, burn_1h)
        if (
            seconds is None
            or seconds >= self._ends.item(place)
            or self._now + seconds > LAST_SECOND
        ):
            return None
        return datetime.fromtimestamp(int(self._now + seconds), UTC)

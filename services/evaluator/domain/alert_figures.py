"""The figures that cause alerts' transitions, formed for all entries that change at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from math import isnan

import msgspec
import numpy as np
from msgspec.structs import replace

from services.evaluator.domain.budget_left import budget_left
from services.evaluator.domain.check import Checks, Terms
from services.evaluator.domain.delta import GOOD, TOTAL, Ints
from services.evaluator.domain.table import Table
from services.evaluator.domain.watch import Watched
from shared.domain.alert_rule import RuleKind
from shared.domain.budget import error_ratios, time_to_exhaustion
from shared.domain.burn_window import burn_windows, lookback_window
from shared.domain.window import WindowKey
from shared.notification import Figures

LAST_SECOND = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that can be written


class Reckoner:
    """Knows the figures that some checks go by at one moment, in seconds.

    Arrays are formed at once, for `sums` will change; figures of single checks when they are
    asked for.
    """

    def __init__(self, table: Table, checks: Checks, sums: Ints, now: int, changing: Ints) -> None:
        windows = self._windows = checks.windows
        self._now = now
        self._entries = table.entries
        self._together = checks.together
        entries = np.unique(checks.entry[changing])
        if checks.together is not None:
            entries = checks.together.members(entries)
        self._known = entries
        allowed = table.allowed[entries]
        self._counts = table.counts_among(sums, entries)
        left = budget_left(table, windows, sums, now, entries)
        self._remaining = 1 - left.spent / allowed
        self._lengths, self._ends = left.length, left.ends
        self._burns = np.empty((len(windows), len(entries)))
        for index, burns in enumerate(self._burns):
            burns[:] = error_ratios(*table.counts_among(sums, entries, index)) / allowed
        self._shown: dict[int, _Shown] = {}

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return {entry: place for place, entry in enumerate(self._known.tolist())}

    def figures(self, entry: int, terms: Terms) -> Figures:
        """Return the figures of an entry, or of all parts it stands for, that a rule goes by.

        A rule that says that figures are out of date goes by none.
        """
        about, burn = self._entries[entry], terms.rule.burn
        if terms.rule.kind is RuleKind.STALE:
            return Figures(target=float(target_of(terms, about)), window=about.slo.window.text)
        shown = self._of_parts(entry) if terms.run.joint else self._of(entry)
        return Figures(
            target=float(target_of(terms, about)),
            window=about.slo.window.text,
            sli=shown.sli,
            good=shown.good,
            bad=shown.bad,
            total=shown.total,
            remaining_ratio=shown.remaining,
            exhausted_at=self._exhausted_at(self._places[entry], shown),
            threshold=float(burn.threshold) if burn else None,
            lookback=burn.lookback_text if burn else None,
            burn_long=shown.over(about, burn.lookback if burn else None),
            short_window=burn.short_window_text if burn else None,
            burn_short=shown.over(about, burn.short_window if burn else None),
            burn_rates=shown.rates,
            budget_below=_float(burn.budget_below if burn else None),
            exhausted_within=burn.exhausted_within_text if burn else None,
        )

    def _of(self, entry: int) -> "_Shown":
        """Return what an entry shows; its rules have it in common."""
        shown = self._shown.get(entry)
        if shown is None:
            about, place = self._entries[entry], self._places[entry]
            good, total = self._counts.item(GOOD, place), self._counts.item(TOTAL, place)
            sli = good / total if total else None
            remaining = self._remaining.item(place) if total else None
            shown = _Shown(sli, *_counted(about, good, total), remaining, self._burn_of(place))
            shown = self._shown[entry] = shown.with_rates(about)
        return shown

    def _of_parts(self, entry: int) -> "_Shown":
        """Return what all parts of a composite show together, which has no SLI."""
        assert self._together is not None
        parts = self._together.parts_of(entry)
        shown = [self._of(part) for part in parts]
        weights = [float(self._entries[part].objective.weight) for part in parts]
        spent = [None if one.remaining is None else 1 - one.remaining for one in shown]
        consumed = _added(weights, spent)
        return _Shown(
            None,
            sum(one.good or 0 for one in shown),
            sum(one.total for one in shown),
            sum(one.bad or 0 for one in shown),
            None if consumed is None else 1 - consumed,
            lambda window: _added(weights, [one.burn(window) for one in shown]),
        ).with_rates(self._entries[entry])

    def _burn_of(self, place: int) -> "Burn":
        def burn(window: WindowKey) -> float | None:
            rate: float = self._burns.item(self._windows[window], place)
            return None if isnan(rate) else rate

        return burn

    def _exhausted_at(self, place: int, shown: "_Shown") -> datetime | None:
        """Return when the budget is spent, where that is before a new one begins."""
        if shown.remaining is None:
            return None
        length = int(self._lengths.item(place))
        seconds = time_to_exhaustion(shown.remaining, length, shown.rates["1h"])
        if (
            seconds is None
            or seconds >= self._ends.item(place)
            or self._now + seconds > LAST_SECOND
        ):
            return None
        return datetime.fromtimestamp(int(self._now + seconds), UTC)


Burn = Callable[[WindowKey], float | None]


class _Shown(msgspec.Struct, frozen=True):
    """What figures show of one entry, or of several together."""

    sli: float | None
    good: int | None
    total: int
    bad: int | None
    remaining: float | None
    burn: Burn
    rates: Mapping[str, float | None] = {}

    def with_rates(self, about: Watched) -> "_Shown":
        """Return the same with the burn rate over every window that the status has."""
        windows = burn_windows(about.slo, about.objective)
        return replace(self, rates={name: self.burn(window) for name, window in windows.items()})

    def over(self, about: Watched, seconds: int | None) -> float | None:
        """Return the burn rate over a lookback."""
        if seconds is None:
            return None
        return self.burn(lookback_window(about.slo, about.objective, seconds))


def target_of(terms: Terms, about: Watched) -> Decimal:
    """Return the target that an alert names: of all objectives together the strictest."""
    if terms.run.joint or terms.rule.kind is RuleKind.STALE:
        return max(objective.target for objective in about.slo.objectives)
    return about.objective.target


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _counted(about: Watched, good: int, total: int) -> tuple[int | None, int, int | None]:
    """Return good, total and bad; ratios add up to no number of good slices."""
    if about.sliced is None or not about.sliced.slicing.ratio:
        return good, total, total - good
    return None, total // about.sliced.slicing.whole, None


def _added(weights: Sequence[float], values: Sequence[float | None]) -> float | None:
    """Return the weighted sum of what is known, None when nothing is."""
    pairs = zip(weights, values, strict=True)
    known = [weight * value for weight, value in pairs if value is not None]
    return sum(known) if known else None

"""What a calendar period is expected to count by its end, and the budget that follows from it."""

from dataclasses import dataclass

import numpy as np

from services.api.figures import Count
from services.api.schema.answer import moment
from services.api.schema.budget import WholePeriod
from shared.domain.budget import expected_totals
from shared.domain.slicing import Slicing
from shared.domain.window import Calendar


@dataclass(frozen=True, slots=True)
class Period:
    """One whole calendar period, in seconds, of which a part has passed.

    `expected` counts events, or slices of `whole` each.
    """

    start: int
    end: int
    expected: float
    whole: int = 1

    @property
    def length(self) -> int:
        """How many seconds it lasts."""
        return self.end - self.start

    def budget(self, count: Count, allowed: float) -> WholePeriod:
        """Return the budget of the whole period after this count."""
        consumed = (count.total - count.good) / self.expected / allowed if count.total else None
        return WholePeriod(
            ends_at=moment(self.end),
            expected_total=self.expected / self.whole if count.total else None,
            allowed=allowed * (self.expected / self.whole) if count.total else None,
            consumed_ratio=consumed,
            remaining_ratio=None if consumed is None else 1 - consumed,
        )


def period_of(window: Calendar, at: int, until: int, count: Count, before: Count) -> Period:
    """Return the period of the moment `at`, of which `count` was counted up to `until`.

    `before` is what was counted in the period before.
    """
    start, end = window.period(at)
    expected = expected_totals(
        np.array([count.total]),
        np.array([before.total]),
        np.array([float(until - start)]),
        np.array([float(end - start)]),
    )
    return Period(start, end, float(expected[0]))


def sliced_period(window: Calendar, at: int, slicing: Slicing, series: int) -> Period:
    """Return the period of the moment `at` in which the slices of so many series are counted."""
    start, end = window.period(at)
    slices = slicing.grid.count(start, end) * series
    return Period(start, end, float(slices * slicing.whole), slicing.whole)

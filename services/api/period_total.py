"""What periods came to that are over: out of the counts that are stored, or of their totals."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from services.api.figures import Count
from services.api.tally import shown_of
from shared.domain.budget import error_ratio
from shared.domain.slicing import Slicing
from shared.sql.period_rows import PeriodRow

Bounds = tuple[int, int]  # in seconds


class PeriodTotals(Protocol):
    """Where the totals of calendar periods are kept for good."""

    async def totals(
        self, slo: str, objectives: Collection[str], start_from: datetime, start_to: datetime
    ) -> Sequence[PeriodRow]:
        """Return what these objectives counted in periods that start in a range."""


@dataclass(frozen=True, slots=True)
class Total:
    """Events or slices of one period; `good` is None for the ratios of slices.

    `error` is the share that was bad, `sli` that which was good: None where nothing was counted.
    """

    good: int | None
    total: int
    sli: float | None
    error: float | None

    @property
    def bad(self) -> int | None:
        """What was not good."""
        return None if self.good is None else self.total - self.good


def total_of(count: Count, slicing: Slicing | None) -> Total:
    """Return what a budget's count comes to."""
    shown = shown_of(count, slicing)
    sli = count.good / count.total if count.total else None
    return Total(shown.good, shown.total, sli, error_ratio(*count))


async def totals_of(
    store: PeriodTotals, slo: str, objectives: Collection[str], periods: Sequence[Bounds]
) -> dict[Bounds, Total]:
    """Return what is kept of these periods, all groups together; the latest period comes first.

    The objectives count the same: one of them is enough.
    """
    if not periods:
        return {}
    start, end = (datetime.fromtimestamp(at, UTC) for at in (periods[-1][0], periods[0][1]))
    rows: dict[Bounds, dict[str, list[PeriodRow]]] = defaultdict(lambda: defaultdict(list))
    for row in await store.totals(slo, objectives, start, end):
        bounds = int(row.start.timestamp()), int(row.end.timestamp())
        rows[bounds][row.objective].append(row)
    return {
        bounds: _summed(next(iter(rows[bounds].values()))) for bounds in periods if bounds in rows
    }


def _summed(rows: Iterable[PeriodRow]) -> Total:
    """Return the total of the groups of one period; each slice weighs the same."""
    counted = [row for row in rows if row.total > 0]
    total = sum(row.total for row in counted)
    if not total:
        return Total(0, 0, None, None)
    goods = [row.good for row in counted if row.good is not None]
    if len(goods) == len(counted):
        return Total(sum(goods), total, sum(goods) / total, error_ratio(sum(goods), total))
    sli = sum((row.sli or 0.0) * row.total for row in counted) / total
    return Total(None, total, sli, 1 - sli)

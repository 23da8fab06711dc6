"""The rows that a flush writes for calendar periods that are over."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.evaluator.domain.period_end import PeriodTotal
from shared.domain.version import in_force
from shared.sql.period_rows import PeriodRow


def rows_of(totals: Sequence[PeriodTotal]) -> list[PeriodRow]:
    """Return the row of each total."""
    return [_row(total) for total in totals]


def _row(found: PeriodTotal) -> PeriodRow:
    entry = found.entry
    slicing = entry.sliced.slicing if entry.sliced else None
    whole = slicing.whole if slicing else 1
    fields = (".".join(path) for path in entry.objective.indicator.group_by)
    return PeriodRow(
        slo=entry.slo.name,
        objective=entry.objective.name,
        group=dict(zip(fields, entry.group.values, strict=False)) if entry.group else {},
        start=datetime.fromtimestamp(found.start, UTC),
        end=datetime.fromtimestamp(found.end, UTC),
        window=found.window.text,
        time_zone=found.window.time_zone,
        target=float(in_force(entry.objective, found.end - 1).target),
        good=None if slicing and slicing.ratio else found.good,
        total=found.total // whole,
        sli=found.good / found.total if found.total > 0 else None,
    )

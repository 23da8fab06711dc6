"""The rows of calendar periods that are over: as a flush writes them, and as they are read back."""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.evaluator.domain.period_end import PeriodTotal
from services.evaluator.domain.watch import Watched
from shared.domain.version import in_force
from shared.sql.period_rows import PeriodRow


def rows_of(totals: Sequence[PeriodTotal]) -> list[PeriodRow]:
    """Return the row of each total."""
    return [_row(total) for total in totals]


def counted_in(row: PeriodRow, entry: Watched) -> tuple[int, int]:
    """Return good and total of a row as an entry counts them."""
    slicing = entry.sliced.slicing if entry.sliced else None
    total = row.total * (slicing.whole if slicing else 1)
    return round((row.sli or 0.0) * total) if row.good is None else row.good, total


def group_fields(entry: Watched) -> dict[str, str]:
    """Return the fields of an entry's group with their values."""
    fields = (".".join(path) for path in entry.objective.indicator.group_by)
    return dict(zip(fields, entry.group.values, strict=False)) if entry.group else {}


def _row(found: PeriodTotal) -> PeriodRow:
    entry = found.entry
    slicing = entry.sliced.slicing if entry.sliced else None
    whole = slicing.whole if slicing else 1
    return PeriodRow(
        slo=entry.slo.name,
        objective=entry.objective.name,
        group=group_fields(entry),
        start=datetime.fromtimestamp(found.start, UTC),
        end=datetime.fromtimestamp(found.end, UTC),
        window=found.window.text,
        time_zone=found.window.time_zone,
        target=float(in_force(entry.objective, found.end - 1).target),
        good=None if slicing and slicing.ratio else found.good,
        total=found.total // whole,
        sli=found.good / found.total if found.total > 0 else None,
    )

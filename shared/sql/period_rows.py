"""What calendar periods that are over came to: written by flushes, read by reports and BI tools."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.sql.schema.count import period_total
from shared.sql.transaction import reading
from shared.sql.upsert import upsert

PeriodKey = tuple[str, str, str, datetime, datetime]


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """What an objective, or a group of it, counted in one period: events or slices.

    `good` is None for RatioTimeslices, `sli` where nothing was counted; `target` is the one in
    force when the period ended.
    """

    slo: str
    objective: str
    group: Mapping[str, str]
    start: datetime
    end: datetime
    window: str
    time_zone: str
    target: float
    good: int | None
    total: int
    sli: float | None

    @property
    def key(self) -> PeriodKey:
        """What there is one row of."""
        return self.slo, self.objective, _json(self.group), self.start, self.end


class SqlPeriodTotals:
    """What periods came to, however long ago they ended."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def totals(
        self, slo: str, objectives: Collection[str], start_from: datetime, start_to: datetime
    ) -> Sequence[PeriodRow]:
        """Return what these objectives counted in periods that start in a range, by their start."""
        wanted = (
            select(period_total)
            .where(
                period_total.c.slo == slo,
                period_total.c.objective.in_(objectives),
                period_total.c.period_start >= start_from,
                period_total.c.period_start < start_to,
            )
            .order_by(period_total.c.period_start, period_total.c.objective)
        )
        async with reading(self._engine) as connection:
            return [_stored(row) for row in await connection.execute(wanted)]


async def read_ended(
    connection: AsyncConnection, slos: Collection[str], start: datetime, end: datetime
) -> list[PeriodRow]:
    """Return what these SLOs, and their groups, counted in the period from start to end."""
    wanted = select(period_total).where(
        period_total.c.slo.in_(slos),
        period_total.c.period_start == start,
        period_total.c.period_end == end,
    )
    return [_stored(row) for row in await connection.execute(wanted)]


async def write_periods(connection: AsyncConnection, periods: Sequence[PeriodRow]) -> None:
    """Write the rows, each in place of the one before it."""
    if periods:
        await connection.execute(
            upsert(connection, period_total),
            [
                {
                    "slo": one.slo,
                    "objective": one.objective,
                    "group_values": _json(one.group),
                    "period_start": one.start,
                    "period_end": one.end,
                    "duration": one.window,
                    "time_zone": one.time_zone,
                    "target": one.target,
                    "good": one.good,
                    "total": one.total,
                    "sli": one.sli,
                }
                for one in periods
            ],
        )


def _json(group: Mapping[str, str]) -> str:
    return json.dumps(dict(group), sort_keys=True, separators=(",", ":"))


def _stored(row: Row[Any]) -> PeriodRow:
    return PeriodRow(
        row.slo,
        row.objective,
        json.loads(row.group_values),
        row.period_start,
        row.period_end,
        row.duration,
        row.time_zone,
        row.target,
        row.good,
        row.total,
        row.sli,
    )

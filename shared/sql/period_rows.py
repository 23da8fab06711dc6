"""What a flush writes about calendar periods that are over; for reports and BI tools."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.sql.schema import period_total
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

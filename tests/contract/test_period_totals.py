"""The totals of periods, as they stand in the database for everybody to read."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.memory import MemoryShards
from shared.memory_periods import MemoryPeriodTotals
from shared.sql.period_rows import PeriodRow, SqlPeriodTotals
from shared.sql.schema.count import period_total
from shared.sql.shard_rows import Flush
from shared.sql.shards import SqlShards
from shared.sql.transaction import reading

NOVEMBER = PeriodRow(
    slo="checkout",
    objective="availability",
    group={"tenant": "a"},
    start=datetime(2026, 10, 31, 23, tzinfo=UTC),
    end=datetime(2026, 11, 30, 23, tzinfo=UTC),
    window="1M",
    time_zone="Europe/Berlin",
    target=0.99,
    good=995,
    total=1_000,
    sli=0.995,
)
RATIOS = replace(NOVEMBER, slo="latency", group={}, good=None, total=0, sli=None)


async def test_a_total_is_there_once_as_it_was_written_last(engine: AsyncEngine) -> None:
    shards = SqlShards(engine)
    epoch = (await shards.claim(0)).epoch
    for row in (NOVEMBER, NOVEMBER, replace(NOVEMBER, good=996), RATIOS):
        flush = Flush(0, epoch, 0, "t", b"", closed_10s=0, closed_60s=0, periods=[row])
        await shards.flush(flush)

    async with reading(engine) as connection:
        rows = (await connection.execute(select(period_total).order_by(period_total.c.slo))).all()

    one, other = rows
    assert (one.slo, one.objective, one.group_values) == (
        "checkout",
        "availability",
        '{"tenant":"a"}',
    )
    assert (one.period_start, one.period_end) == (NOVEMBER.start, NOVEMBER.end)
    assert (one.duration, one.time_zone, one.target) == ("1M", "Europe/Berlin", 0.99)
    assert (one.good, one.total, one.sli) == (996, 1_000, 0.995)
    assert (other.good, other.total, other.sli) == (None, 0, None)


async def test_totals_are_found_by_objective_and_start(
    shards: SqlShards | MemoryShards, period_totals: SqlPeriodTotals | MemoryPeriodTotals
) -> None:
    october = replace(NOVEMBER, start=datetime(2026, 9, 30, 22, tzinfo=UTC), end=NOVEMBER.start)
    other = replace(NOVEMBER, objective="deal: availability over 1M")
    rows = [NOVEMBER, october, other, replace(NOVEMBER, group={"tenant": "b"}), RATIOS]
    epoch = (await shards.claim(0)).epoch
    await shards.flush(Flush(0, epoch, 0, "t", b"", closed_10s=0, closed_60s=0, periods=rows))

    async def found(*objectives: str, until: datetime = NOVEMBER.end) -> list[PeriodRow]:
        return list(await period_totals.totals("checkout", objectives, october.start, until))

    assert (await found("availability"))[0] == october
    assert len(await found("availability")) == 3
    assert await found("availability", until=NOVEMBER.start) == [october]
    assert await found(other.objective, "nothing") == [other]
    assert await found() == []


async def test_one_period_of_some_slos_is_read_back(shards: SqlShards | MemoryShards) -> None:
    epoch = (await shards.claim(0)).epoch
    rows = [
        NOVEMBER,
        RATIOS,
        replace(NOVEMBER, end=NOVEMBER.start, start=datetime(2026, 9, 30, 22, tzinfo=UTC)),
    ]
    await shards.flush(Flush(0, epoch, 0, "t", b"", closed_10s=0, closed_60s=0, periods=rows))
    assert await shards.ended(["checkout"], NOVEMBER.start, NOVEMBER.end) == [NOVEMBER]
    assert await shards.ended(["checkout"], NOVEMBER.start, NOVEMBER.start) == []
    assert await shards.ended(["another"], NOVEMBER.start, NOVEMBER.end) == []

"""How large the counts of many objectives become in ninety days, and that they stop growing.

python -m benchmarks.retention [--days 90] [--without-postgres]

Every day the spans of that day are written and what is too old is thinned out, as the owner of a
shard does it; 10-second spans, which live for two hours, only on the last day. The size is that
of the whole database, space that deleted rows left behind included. `busy` and `quiet` series are
those of `benchmarks.sql_flush`.
"""

import argparse
import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.sql_flush import WRITTEN_AT_ONCE, a_flush, segments
from shared.segment import BLOCK, KEPT, SPANS
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.sql.shards import SqlShards
from tests.support.postgres import NoPostgres, running_postgres

DAY = 86_400
SERIES = (1_000, 10_000)
SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


async def live(shards: SqlShards, kind: str, series: int, day: int, *, last: bool) -> None:
    """Write what one day leaves behind, and thin out what is too old."""
    blocks, epoch = -(-series // BLOCK), (await shards.claim(0)).epoch
    end = (day + 1) * DAY
    starts = {900: range(day * DAY, end, SPANS[900]), 60: range(day * DAY, end, SPANS[60])}
    if last:
        starts[10] = range(end - KEPT[10], end, SPANS[10])
    for tier, moments in starts.items():
        written = list(segments(tier, kind, blocks, moments))
        for first in range(0, len(written), WRITTEN_AT_ONCE):
            await shards.flush(a_flush(epoch, written[first : first + WRITTEN_AT_ONCE], series))
    thin = {tier: end - kept for tier, kept in KEPT.items()}
    await shards.flush(replace(a_flush(epoch, [], series), thin=thin))


async def size_of(engine: AsyncEngine) -> int:
    """Return the bytes that the database takes."""
    async with engine.connect() as connection:
        return int(await connection.scalar(text(SIZES[engine.dialect.name])) or 0)


async def measure(urls: Iterator[str], days: int) -> None:
    """Print the size on the way and at the end, each case on a new database."""
    for series in SERIES:
        for kind in ("quiet", "busy"):
            url = next(urls)
            await upgrade(url)
            async with open_engine(url) as engine:
                shards, sizes = SqlShards(engine), []
                for day in range(days):
                    await live(shards, kind, series, day, last=day == days - 1)
                    if day + 1 in (days // 3, days * 2 // 3, days):
                        sizes.append(await size_of(engine) / 2**20)
                found = " ".join(f"{size:9,.0f}" for size in sizes)
                print(f"{engine.dialect.name:10} {series:8,} {kind:6} {found}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--without-postgres", action="store_true")
    arguments = parser.parse_args()
    days = arguments.days
    print(f"MiB after {days // 3}, {days * 2 // 3} and {days} days", flush=True)
    with TemporaryDirectory() as folder:
        files = [f"sqlite+aiosqlite:///{Path(folder, str(n))}" for n in range(len(SERIES) * 2)]
        asyncio.run(measure(iter(files), days))
    if arguments.without_postgres:
        return
    try:
        with running_postgres() as server:
            databases = [asyncio.run(server.create_database()) for _ in range(len(SERIES) * 2)]
            asyncio.run(measure(iter(databases), days))
    except NoPostgres as error:
        print(f"postgresql: {error}")


if __name__ == "__main__":
    main()

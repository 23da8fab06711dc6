"""What flushing and loading one shard costs, in bytes and time, on SQLite and PostgreSQL.

python -m benchmarks.sql_flush [--days 30] [--without-postgres]

`busy` series have about 50 events in 10 s and one bad in a thousand; of `quiet` ones one cell in
a hundred holds an event. A flush writes the current 10 s span of every block, five minutes full;
loading reads and decodes every 15 min span of the window, and the 6 h of minutes.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from shared.segment import BLOCK, SPANS, decode_span, encode_span
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.sql.shard_rows import Flush, Segment
from shared.sql.shards import SqlShards
from tests.support.postgres import NoPostgres, running_postgres

FLUSHES = 5
SERIES = (1_000, 100_000)
WRITTEN_AT_ONCE = 2_000  # segments, while the benchmark fills the database
Span = tuple[NDArray[np.int64], NDArray[np.int64]]


def a_span(tier: int, kind: str, seed: int = 1) -> Span:
    """Return good and total of one block."""
    random = np.random.default_rng(seed)
    shape = (SPANS[tier] // tier, BLOCK)
    if kind == "busy":
        total = random.poisson(5 * tier, shape)
    else:
        total = random.poisson(3, shape) * (random.random(shape) < 0.01)
    return (total - random.binomial(total, 0.001)).astype(np.int64), total.astype(np.int64)


def segments(tier: int, kind: str, blocks: int, starts: range) -> Iterator[Segment]:
    """Yield the segments of all blocks; their contents repeat, which no code here can use."""
    kinds = [encode_span(*a_span(tier, kind, seed)) for seed in range(16)]
    for start in starts:
        for block in range(blocks):
            yield Segment(tier, start, block, kinds[(start + block) % len(kinds)])


def a_flush(epoch: int, written: list[Segment], series: int) -> Flush:
    """Return a flush with a checkpoint of plausible size: 2 bytes a series."""
    state = np.random.default_rng(1).bytes(2 * series)
    return Flush(0, epoch, 1, "topic", state, closed_10s=0, closed_60s=0, segments=written)


async def measure_flush(shards: SqlShards, kind: str, series: int) -> str:
    """Return the median of a few flushes of the current 10 s spans."""
    epoch = (await shards.claim(0)).epoch
    blocks = -(-series // BLOCK)
    span = a_span(10, kind)
    encoding, writing = [], []
    for _ in range(FLUSHES):
        began = time.perf_counter()
        written = [Segment(10, 0, block, encode_span(*span)) for block in range(blocks)]
        encoded = time.perf_counter()
        await shards.flush(a_flush(epoch, written, series))
        encoding.append(encoded - began)
        writing.append(time.perf_counter() - encoded)
    size = sum(len(segment.data) for segment in written)
    return (
        f"{blocks:6,} {size / 1024:10,.0f} {sorted(encoding)[FLUSHES // 2] * 1000:10,.1f}"
        f" {sorted(writing)[FLUSHES // 2] * 1000:9,.1f}"
    )


async def measure_load(shards: SqlShards, kind: str, series: int, days: int) -> str:
    """Return how long it takes to read and decode what a restart needs."""
    epoch = (await shards.claim(0)).epoch
    blocks = -(-series // BLOCK)
    for tier, starts in ((900, range(0, days * SPANS[900], SPANS[900])), (60, _six_hours())):
        stored = list(segments(tier, kind, blocks, starts))
        for i in range(0, len(stored), WRITTEN_AT_ONCE):
            await shards.flush(a_flush(epoch, stored[i : i + WRITTEN_AT_ONCE], series))
    began = time.perf_counter()
    size, decoding = 0, 0.0
    for tier, starts in ((900, range(0, days * SPANS[900], SPANS[900])), (60, _six_hours())):
        for start in starts:
            for segment in await shards.segments(0, tier, start, start + 1):
                size += len(segment.data)
                before = time.perf_counter()
                decode_span(segment.data)
                decoding += time.perf_counter() - before
    seconds = time.perf_counter() - began
    return f"{size / 2**20:9,.1f} {seconds:8.2f} {decoding:8.2f}"


def _six_hours() -> range:
    return range(0, 6 * SPANS[60], SPANS[60])


async def measure(name: str, urls: Iterator[str], days: int) -> None:
    """Print one line for each number and kind of series, each on a new database."""
    for series in SERIES:
        for kind in ("quiet", "busy"):
            url = next(urls)
            await upgrade(url)
            async with open_engine(url) as engine:
                shards = SqlShards(engine)
                flush = await measure_flush(shards, kind, series)
                load = await measure_load(shards, kind, series, days)
            print(f"{name:10} {series:8,} {kind:6} {flush} | {load}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--without-postgres", action="store_true")
    arguments = parser.parse_args()
    print(
        f"{'database':10} {'series':>8} {'kind':6} {'blocks':>6} {'KiB':>10} {'encode ms':>10}"
        f" {'write ms':>9} | {'load MiB':>9} {'load s':>8} {'decode s':>8}"
    )
    with TemporaryDirectory() as folder:
        files = [f"sqlite+aiosqlite:///{Path(folder, str(n))}" for n in range(len(SERIES) * 2)]
        asyncio.run(measure("sqlite", iter(files), arguments.days))
    if arguments.without_postgres:
        return
    try:
        with running_postgres() as server:
            databases = [asyncio.run(server.create_database()) for _ in range(len(SERIES) * 2)]
            asyncio.run(measure("postgresql", iter(databases), arguments.days))
    except NoPostgres as error:
        print(f"postgresql: {error}")


if __name__ == "__main__":
    main()

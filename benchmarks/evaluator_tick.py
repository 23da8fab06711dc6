"""What the evaluator's core costs: ticks, memory, flushes, and a restart out of SQLite.

python -m benchmarks.evaluator_tick [SERIES ...] [--calendar] [--cpu]

Every series has an objective over 30 d, or with --calendar over a month of Berlin, with the four
default alert conditions, and counted about 5 events a second in every bucket; one shard holds them
all. While it runs, a tenth of them count something every second, in chunks of a minute; at the end
all events of these fail at once. Times are elapsed ones, or with --cpu those of all threads, which
says more on a busy machine; "written" is what a flush every 5 s hands to the database.
"""

import argparse
import asyncio
import resource
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from services.evaluator.domain.shard import Shard
from services.evaluator.domain.span import Closed
from services.evaluator.domain.watch import Watch, slos_of, watch_of
from services.evaluator.figures import Figures
from services.evaluator.held import Held, Holding
from services.evaluator.load import load
from services.evaluator.metrics import Metrics
from services.evaluator.save import completed, prepare
from services.evaluator.vitals import flush_bytes
from shared.domain.bucket import BUCKET
from shared.domain.predicate import EVERYTHING, Compare, Op
from shared.domain.series import indicator_key, series_key
from shared.domain.slo import (
    SLO,
    CalendarWindow,
    Catalogue,
    DataSource,
    Indicator,
    Objective,
    RollingWindow,
    Window,
)
from shared.domain.window import DAY, HOUR, MINUTE
from shared.runtime import spare_the_collector
from shared.segment import BLOCK, SPANS, encode_span
from shared.snapshot import encode_snapshot
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.sql.shard_rows import Flush, Segment
from shared.sql.shards import SqlShards
from shared.wire import Cells, Counts, Source

REQUESTS = DataSource("requests", "leeway.requests.v1", builtin=True)
START = 1_764_000_000
SECONDS = 65  # simulated, one tick each
LOOK_SECONDS = 0.002  # between two looks at whether the event loop stands still
STORED = {900: 30 * DAY, MINUTE: 7 * HOUR, BUCKET: 2 * HOUR}
SERIES = (1_000, 10_000, 100_000)
ROLLING = RollingWindow(30 * DAY, "30d")
MONTH = CalendarWindow(1, "M", "1M", "2025-01-01 00:00:00", "Europe/Berlin")

Clock = Callable[[], float]


@dataclass
class Traffic:
    """The counts messages of one source."""

    keys: np.ndarray[tuple[int], np.dtype[np.uint64]]
    offset: int = 0
    e: int = 0
    first: int = 0

    def feed(self, shard: Shard, at: int, share: float, *, failed: int = 0) -> None:
        """Apply one message: a share of the series counted something in the last minute."""
        keys = self.keys[: int(len(self.keys) * share)]
        buckets = np.arange(at // BUCKET - at % MINUTE // BUCKET, at // BUCKET + 1)
        total = np.full(len(keys) * len(buckets), 20 + at % MINUTE, np.int64)
        if at % MINUTE == 0:
            self.first = self.e
        self.e += 1
        total += failed
        cells = Cells(
            np.repeat(keys, len(buckets)), np.tile(buckets, len(keys)), total - failed, total
        )
        source = Source("id", 0)
        shard.apply(
            self.offset,
            at * 1000,
            Counts(REQUESTS.topic, source, self.first, self.first, self.e, 1, at * 1000, 1, cells),
        )
        self.offset += 1


def definitions(series: int, window: Window = ROLLING) -> tuple[Watch, Traffic]:
    """Return as many objectives, and the traffic they count."""
    good = Compare(("status",), Op.LT, 500)
    key = indicator_key(REQUESTS, EVERYTHING, good)
    objectives = (Objective("all", Decimal("0.999"), Indicator(key, REQUESTS, EVERYTHING, good)),)
    slos = tuple(SLO(f"slo-{n}", "shop", window, objectives) for n in range(series))
    catalogue = Catalogue(1, slos)
    keys = np.sort(np.array([series_key(slo.name, key) for slo in slos], np.uint64))
    return watch_of(catalogue, slos_of(catalogue, 1)[0], 0, 1), Traffic(keys)


def spans(blocks: int, closed: Closed) -> Iterator[Segment]:
    """Yield everything that is stored of a shard which ran for a month."""
    random = np.random.default_rng(1)
    for tier, reach in STORED.items():
        span = SPANS[tier]
        shape = (span // tier, BLOCK)
        totals = [random.poisson(5 * tier, shape) for _ in range(16)]
        kinds = [encode_span(t - random.binomial(t, 0.0002), t) for t in totals]
        until = int(min(closed.before(tier), START))
        for start in range((START - reach) // span * span, until, span):
            for block in range(blocks):
                yield Segment(tier, start, block, kinds[(start // span + block) % 16])


async def store_a_month(store: SqlShards, watch: Watch, traffic: Traffic) -> int:
    """Fill the database; return how many bytes the counts take."""
    loaded = await load(store, 0, 1, watch, START)
    traffic.feed(loaded.shard, START, 1.0)
    flush = await completed(store, prepare(loaded.shard, loaded.epoch))
    batch: list[Segment] = []
    size = 0
    for segment in spans(-(-len(traffic.keys) // BLOCK), Closed().advanced(START)):
        batch.append(segment)
        size += len(segment.data)
        if len(batch) == 1_000:
            await store.flush(replace(flush, segments=batch))
            batch = []
    await store.flush(replace(flush, segments=batch))
    return size


async def measure(series: int, url: str, window: Window, clock: Clock) -> dict[str, str]:
    """Return the figures for so many series."""
    await upgrade(url)
    async with open_engine(url) as engine:
        store = SqlShards(engine)
        watch, traffic = definitions(series, window)
        size = await store_a_month(store, watch, traffic)
        before, started = memory(), clock()
        loaded = await load(store, 0, 1, watch, START)
        loading = clock() - started
        used = memory() - before
        figures = await run(store, loaded.shard, loaded.epoch, traffic, clock)
        held = loaded.shard.counters.tiers.nbytes
    return {
        "series": f"{series:,}",
        **figures,
        "memory a series": f"{used / series / 1024:.1f} KiB ({held / series / 1024:.1f} reserved)",
        "restart": f"{loading:.2f} s, {size / 1e6:.0f} MB read",
    }


async def run(
    store: SqlShards, shard: Shard, epoch: int, traffic: Traffic, clock: Clock
) -> dict[str, str]:
    """Return what a minute of work costs."""
    figures = Figures(shard)
    holding = Holding(1.0, held={0: Held(shard, epoch, figures, 0)})
    metrics = Metrics(holding)
    applying, first, ticks, moving, snapshots, saving = (list[float]() for _ in range(6))
    noting, scraping, sloth = (list[float]() for _ in range(3))
    written = stored = 0
    for at in range(START + 1, START + SECONDS + 1):
        with Timer(applying, clock):
            traffic.feed(shard, at, 0.1)
            shard.settle()
        with Timer(first if at == START + 1 else moving if at % BUCKET == 1 else ticks, clock):
            shard.advance(at, 60)
        with Timer(snapshots, clock):
            stored += len(encode_snapshot(figures.snapshot(at)))
        if at % 5 == 0:
            with Timer(saving, clock):
                flush: Flush = await completed(store, prepare(shard, epoch))
                await store.flush(flush)
            written += flush_bytes(flush)
        if at % 20 == 0:
            with Timer(noting, clock):
                text = metrics.take()
            with Timer(scraping, clock):
                text()
            with Timer(sloth, clock):
                metrics.take_sloth()()
    traffic.feed(shard, START + SECONDS + 1, 0.1, failed=1_000_000)
    alerting, telling = list[float](), list[float]()
    with Timer(alerting, clock):
        shard.advance(START + SECONDS + 1, 60)
    began = len(shard.alerting.open_alerts())
    with Timer(telling, clock):
        pause = await longest_pause(flushed(store, shard, epoch))
    return {
        "apply a second's counts": milliseconds(median(applying)),
        "first tick after a start": milliseconds(first[0]),
        "tick, median and worst": f"{milliseconds(median(ticks))}, {milliseconds(max(ticks))}",
        "a bucket enters": f"{milliseconds(median(moving))}, {milliseconds(max(moving))}",
        "a tenth begin to alert": f"{milliseconds(alerting[0])} for {began:,}",
        "flush of these alerts": f"{milliseconds(telling[0])}, pauses {milliseconds(pause)}",
        "snapshot": milliseconds(median(snapshots)),
        "scrape, on the event loop": milliseconds(median(noting)),
        "scrape, in a thread": milliseconds(median(scraping)),
        "scrape of /metrics/sloth": milliseconds(median(sloth)),
        "flush": milliseconds(median(saving)),
        "flushes write": f"{written / SECONDS * 60 / 1e6:.2f} MB/min",
        "statuses write": f"{stored / SECONDS * 60 / 1e6:.2f} MB/min",
    }


async def flushed(store: SqlShards, shard: Shard, epoch: int) -> None:
    """Write what changed in a shard."""
    await store.flush(await completed(store, prepare(shard, epoch)))


async def longest_pause(work: Coroutine[None, None, None]) -> float:
    """Return for how long at most nothing else had its turn while this was done, in seconds."""
    pauses = list[float]()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        while not task.done():
            with Timer(pauses, time.perf_counter):
                await asyncio.sleep(LOOK_SECONDS)
    return max(pauses) - LOOK_SECONDS


class Timer:
    """Appends to a list how long its block took."""

    def __init__(self, times: list[float], clock: Clock) -> None:
        self._times = times
        self._clock = clock

    def __enter__(self) -> None:
        self._started = self._clock()

    def __exit__(self, *_: object) -> None:
        self._times.append(self._clock() - self._started)


def memory() -> int:
    """Return the resident memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def milliseconds(seconds: float) -> str:
    """Return a time as people read it."""
    return f"{seconds * 1000:.2f} ms"


def main() -> None:
    """Print one column per number of series; garbage is collected as in the service."""
    columns = []
    spare_the_collector()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("series", nargs="*", type=int, default=SERIES, help="how many series")
    parser.add_argument("--calendar", action="store_true", help="over a month, not over 30 d")
    parser.add_argument("--cpu", action="store_true", help="CPU time, not elapsed time")
    given = parser.parse_args()
    window = MONTH if given.calendar else ROLLING
    clock: Clock = time.process_time if given.cpu else time.perf_counter
    for series in given.series:
        with TemporaryDirectory() as folder:
            url = f"sqlite+aiosqlite:///{folder}/bench.db"
            columns.append(asyncio.run(measure(series, url, window, clock)))
    for name in columns[0]:
        print(f"{name:26}", *(f"{column[name]:>36}" for column in columns))


if __name__ == "__main__":
    main()

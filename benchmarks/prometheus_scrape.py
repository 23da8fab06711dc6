"""How long a real Prometheus takes to scrape an evaluator of many objectives, by its own clock.

python -m benchmarks.prometheus_scrape [--objectives 10000] [--seconds 60]

A real Kafka, an evaluator as a process with the usual settings, SQLite, and Debian's Prometheus,
which scrapes `/metrics` and `/metrics/sloth` every five seconds. Its clock includes its own reading
and storing of the samples, so a plain client is timed as well. Every objective has a window of 30 d
and the four default alert conditions, and counts something every few seconds.
"""

import argparse
import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from shared.definitions.compile import compile_catalogue
from shared.domain.bucket import BUCKET
from shared.domain.series import series_key, shard_of
from shared.kafka.connection import KafkaConnection
from shared.kafka.counts_log import CountsWriter, open_counts_writer
from shared.sql.definitions import Change, SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.wire import Cells, Counts, Source, encode_counts
from tests.support.kafka.cluster import Kafka, running_broker
from tests.support.process import Service, services
from tests.support.prometheus import Prometheus, Scraped, running_prometheus
from tests.support.waiting import eventually
from tests.unit.evaluator.rig import body

SHARDS = 24
SCRAPE_SECONDS, FEED_SECONDS, FETCHES = 5, 5.0, 5
TICKS = os.sysconf("SC_CLK_TCK")
JOBS = {"metrics": "/metrics", "sloth": "/metrics/sloth"}


@dataclass
class Traffic:
    """The counts messages of one source: every series, once in a while."""

    series: list[list[int]]  # of each shard, sorted
    e: int = 0

    async def feed(self, log: CountsWriter) -> None:
        """Count one good event of every series now."""
        at, self.e = time.time(), self.e + 1
        await log.append_all({q: self._message(q, at) for q in range(SHARDS)})

    def _message(self, q: int, at: float) -> bytes:
        keys = np.array(self.series[q], np.uint64)
        buckets = np.full(len(keys), int(at) // BUCKET, np.int64)
        ones = np.ones(len(keys), np.int64)
        place = (self.e - 1, self.e - 1, self.e)
        complete, cells = int(at * 1000), Cells(keys, buckets, ones, ones)
        return encode_counts(
            Counts("leeway.requests.v1", Source("raw", 0), *place, 1, complete, 1, cells)
        )


async def define(url: str, objectives: int) -> Traffic:
    """Store the definitions; return the traffic that they count."""
    bodies = [body(f"slo-{number}", target=0.999) for number in range(objectives)]
    slos = compile_catalogue(bodies, revision=1, counted_from={}).slos
    indicators = [(slo.name, indicator.key) for slo in slos for indicator in slo.indicators()]
    await upgrade(url)
    async with open_engine(url) as engine:
        await SqlDefinitions(engine).apply(Change(bodies=bodies, indicators=indicators))
    found: list[list[int]] = [[] for _ in range(SHARDS)]
    for name, key in indicators:
        found[shard_of(name, SHARDS)].append(series_key(name, key))
    return Traffic([sorted(keys) for keys in found])


async def measure(kafka: Kafka, folder: Path, objectives: int, seconds: int) -> None:
    """Print what Prometheus says of its scrapes, and what they cost the evaluator."""
    url = f"sqlite+aiosqlite:///{folder / 'leeway.db'}"
    traffic, topic = await define(url, objectives), await kafka.create_topic(SHARDS)
    settings = {
        "LEEWAY_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "LEEWAY_DATABASE_URL": url,
        "LEEWAY_COUNTS_TOPIC": topic,
    }
    connection = KafkaConnection(kafka.bootstrap)
    with services(folder, settings) as started:
        evaluator = started.start("evaluator")
        await asyncio.to_thread(evaluator.until_answering, "/readyz", 200, within=120)
        async with open_counts_writer(connection, topic) as log, asyncio.TaskGroup() as tasks:
            feeding = tasks.create_task(_feed_for_ever(traffic, log))
            await eventually(lambda: _counts(evaluator, objectives), "all count", within=120)
            quiet = await _cpu_share(evaluator, seconds / 2)
            for path in JOBS.values():
                taken = median([await _fetch(evaluator, path) for _ in range(FETCHES)])
                print(f"{path:15} fetched by a plain client: median {taken:.2f} s", flush=True)
            address = f"127.0.0.1:{evaluator.port}"
            jobs = {job: Scraped(address, path) for job, path in JOBS.items()}
            with running_prometheus(folder, jobs, every=f"{SCRAPE_SECONDS}s") as prometheus:
                await eventually(lambda: _knows(prometheus), "the first scrapes", within=180)
                scraped = await _cpu_share(evaluator, seconds)
                for job in JOBS:
                    print(told(prometheus, job, seconds), flush=True)
            feeding.cancel()
    cost = (scraped - quiet) * SCRAPE_SECONDS
    print(f"CPU of the evaluator: {quiet:.2f} of a core, and {cost:.2f} s for each pair of scrapes")


def told(prometheus: Prometheus, job: str, seconds: int) -> str:
    """Return what Prometheus measured over the last seconds."""

    def ask(expression: str) -> float:
        (found,) = prometheus.value_of(expression)
        return float(found["value"][1])

    which = f'{{job="{job}"}}'
    durations = f"scrape_duration_seconds{which}[{seconds}s]"
    lines = ask(f"scrape_samples_scraped{which}")
    count, failed = ask(f"count_over_time({durations})"), 1 - ask(f"avg_over_time(up{which}[5m])")
    middle, worst = ask(f"quantile_over_time(0.5, {durations})"), ask(f"max_over_time({durations})")
    return (
        f"{JOBS[job]:15} {lines:9,.0f} samples: median {middle:.2f} s, worst {worst:.2f} s"
        f" of {count:.0f} scrapes, {failed:.0%} failed"
    )


async def _feed_for_ever(traffic: Traffic, log: CountsWriter) -> None:
    while True:
        await traffic.feed(log)
        await asyncio.sleep(FEED_SECONDS)


async def _counts(evaluator: Service, objectives: int) -> bool:
    answer: Any = await asyncio.to_thread(evaluator.get, "/metrics")
    return answer is not None and answer.text.count("leeway_events_total{") >= 2 * objectives


async def _fetch(evaluator: Service, path: str) -> float:
    """Return how long an answer takes, without anybody making sense of it."""
    began = time.perf_counter()
    answer = await asyncio.to_thread(evaluator.get, path)
    assert answer is not None
    return time.perf_counter() - began


async def _knows(prometheus: Prometheus) -> bool:
    """Whether Prometheus has all series: making them takes longer than adding to them."""
    found = await asyncio.to_thread(
        prometheus.value_of, "min(count_over_time(scrape_duration_seconds[5m])) >= 3"
    )
    return bool(found)


async def _cpu_share(evaluator: Service, seconds: float) -> float:
    """Return how much of a core a process uses for a while."""
    began, before = time.monotonic(), _cpu(evaluator)
    await asyncio.sleep(seconds)
    return (_cpu(evaluator) - before) / (time.monotonic() - began)


def _cpu(evaluator: Service) -> float:
    stat = Path(f"/proc/{evaluator.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / TICKS


def main() -> None:
    """Read the options, start Kafka and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objectives", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    with running_broker() as broker, TemporaryDirectory() as folder:
        kafka = Kafka(broker.bootstrap)
        asyncio.run(measure(kafka, Path(folder), options.objectives, options.seconds))


if __name__ == "__main__":
    main()

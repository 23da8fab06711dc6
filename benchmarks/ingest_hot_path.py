"""CPU time per event of everything between a fetched record and a counts message.

`python -m benchmarks.ingest_hot_path`. Real Kafka is measured by `benchmarks.ingest`.
"""

import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from services.ingest.domain.counting import Counter
from services.ingest.domain.duplicate import DuplicateFilter
from shared.definitions.query import parse_query
from shared.domain.predicate import And, Path, Predicate
from shared.domain.series import indicator_key
from shared.domain.slo import SLO, DataSource, Indicator, Objective, RollingWindow
from shared.events import EventReader

EVENTS = 200_000
BATCH = 1_000
CHUNK = 10_000
SHARDS = 24
START = 1_790_000_000_000
TOO_LATE_S, FUTURE_S = 7 * 86_400, 300
REQUESTS = DataSource("requests", "leeway.requests.v1", builtin=True)


@dataclass(frozen=True)
class Record:
    """Shaped like aiokafka's ConsumerRecord, as far as it is read here."""

    offset: int
    timestamp: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def slo(name: str, total: str, good: str, group_by: tuple[Path, ...] = ()) -> SLO:
    """Return an SLO with one ratio indicator."""
    valid: Predicate = parse_query(total)
    both = And((valid, parse_query(good)))
    key = indicator_key(REQUESTS, valid, both, group_by=group_by)
    indicator = Indicator(key, REQUESTS, valid, both, group_by=group_by)
    window = RollingWindow(30 * 86_400, "30d")
    return SLO(name, name, window, (Objective("o", Decimal("0.999"), indicator),))


def records(services: int, *, ts: str = "ms") -> list[Record]:
    """Return events of some 140 bytes with unique ids, a thousand a second."""
    rng = random.Random(1)
    made = []
    for offset in range(EVENTS):
        at = START + offset
        stamp = (
            str(at)
            if ts == "ms"
            else f'"2026-09-21T14:{at // 60_000 % 60:02}:{at // 1_000 % 60:02}.{at % 1_000:03}Z"'
        )
        status = 500 if rng.random() < 0.01 else 200
        made.append(
            f'{{"id":"01J8{offset:012}","ts":{stamp},"service":"s{rng.randrange(services)}",'
            f'"route":"/pay/{rng.randrange(20)}","method":"POST","status":{status},'
            f'"duration_ms":{rng.lognormvariate(3, 1):.1f}}}'.encode()
        )
    return [Record(offset, START + offset, value) for offset, value in enumerate(made)]


def one_or_two(count: int) -> list[SLO]:
    """Return an availability SLO, and a latency SLO."""
    slos = [slo("availability", "service == 's0'", "status < 500")]
    return [*slos, slo("latency", "service == 's0'", "duration_ms < 300")][:count]


def thousand() -> list[SLO]:
    """Return two SLOs for each of five hundred services."""
    return [
        slo(f"{name}-{number}", f"service == 's{number}'", good)
        for number in range(500)
        for name, good in (("availability", "status < 500"), ("latency", "duration_ms < 300"))
    ]


def grouped() -> list[SLO]:
    """Return two SLOs that make a group of every event."""
    by = (("id",),)
    return [
        slo("availability", "true", "status < 500", by),
        slo("latency", "true", "duration_ms < 300", by),
    ]


def cpu(work: Callable[[], None], events: int) -> float:
    """Return the least CPU time of three runs, in microseconds per event."""
    best = float("inf")
    for _ in range(3):
        gc.collect()
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best / events * 1e6


def batches(read: Sequence[Record]) -> list[list[Record]]:
    """Return the records as the consumer hands them over."""
    return [list(read[start : start + BATCH]) for start in range(0, len(read), BATCH)]


def whole(slos: Sequence[SLO], read: Sequence[Record]) -> float:
    """Return the cost of counting and of making the cells of every chunk."""
    counters = [
        Counter("leeway.requests.v1", slos, shards=SHARDS, too_late_s=TOO_LATE_S, future_s=FUTURE_S)
        for _ in range(3)
    ]
    polled = batches(read)

    def run() -> None:
        counter = counters.pop()
        for number, batch in enumerate(polled, 1):
            counter.count(batch)
            if number % (CHUNK // BATCH) == 0:
                counter.cells()
                counter.start_chunk()

    return cpu(run, len(read))


def decoding(read: Sequence[Record]) -> float:
    """Return the cost of decoding and checking alone."""
    paths = (("status",), ("duration_ms",))
    reader = EventReader(REQUESTS, paths, too_late_s=TOO_LATE_S, future_s=FUTURE_S)
    polled = batches(read)

    def run() -> None:
        for batch in polled:
            times = np.array([record.timestamp for record in batch], np.int64)
            reader.read([record.value for record in batch], times)

    return cpu(run, len(read))


def dropping(read: Sequence[Record]) -> float:
    """Return the cost of the duplicate filter alone."""
    polled = [
        (
            batch[0].offset,
            [f"01J8{record.offset:012}" for record in batch],
            ["s0" for _ in batch],
            np.array([record.timestamp for record in batch], np.int64),
        )
        for batch in batches(read)
    ]

    def run() -> None:
        seen = DuplicateFilter()
        for batch in polled:
            seen.duplicates(*batch)

    return cpu(run, len(read))


def main() -> None:
    """Print a table."""
    gc.set_threshold(200_000, 50, 1_000)
    few, many = records(1), records(500)
    print(f"{EVENTS:,} events of {len(few[0].value)} bytes, batches of {BATCH:,}, {SHARDS} shards")
    rows = [
        ("decode and check", decoding(few)),
        ("decode and check, RFC 3339", decoding(records(1, ts="text"))),
        ("duplicate filter", dropping(few)),
        ("whole, 1 SLI", whole(one_or_two(1), few)),
        ("whole, 2 SLIs", whole(one_or_two(2), few)),
        ("whole, 2 SLIs of 1 service, 500 services", whole(one_or_two(2), many)),
        ("whole, 1,000 SLIs of 500 services", whole(thousand(), many)),
        ("whole, every event a group of its own", whole(grouped(), few)),
    ]
    for name, cost in rows:
        print(f"{name:45} {cost:6.3f} us/event {1 / cost * 1e6:12,.0f} events/s")


if __name__ == "__main__":
    main()

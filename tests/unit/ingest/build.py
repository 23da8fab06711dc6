"""Builders with defaults for records, SLOs and counters."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.ingest.domain.counting import Counter
from shared.definitions.query import parse_query
from shared.domain.predicate import And, IsNumber, Path, Predicate
from shared.domain.series import indicator_key
from shared.domain.slo import SLO, DataSource, Indicator, Objective, RollingWindow
from shared.wire import Cells

TOPIC = "leeway.requests.v1"
REQUESTS = DataSource("requests", TOPIC, builtin=True)
AT = 1_790_000_000_000
HOUR_MS = 3_600_000
TOO_LATE_S, FUTURE_S = 7 * 86_400, 300


@dataclass(frozen=True)
class Record:
    offset: int = 0
    timestamp: int = AT
    value: bytes | None = b"{}"
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()


def record(offset: int = 0, timestamp: int = AT, **fields: object) -> Record:
    """A record of an event of the service `checkout`."""
    event = {"service": "checkout"} | fields
    return Record(offset, timestamp, json.dumps(event).encode())


def indicator(
    total: str = "true",
    good: str = "true",
    *,
    source: DataSource = REQUESTS,
    value_field: Path | None = None,
    weight_field: Path | None = None,
    group_by: tuple[Path, ...] = (),
) -> Indicator:
    valid: Predicate = parse_query(total)
    if value_field is not None:
        valid = And((valid, IsNumber(value_field)))
    both = And((valid, parse_query(good)))
    key = indicator_key(source, valid, both, weight_field=weight_field, group_by=group_by)
    return Indicator(key, source, valid, both, value_field, weight_field, group_by)


def slo(name: str = "slo", *indicators: Indicator) -> SLO:
    objectives = tuple(
        Objective(f"objective-{number}", Decimal("0.9"), one)
        for number, one in enumerate(indicators or (indicator(),), 1)
    )
    return SLO(name, "checkout", RollingWindow(86_400, "1d"), objectives)


def counter(*slos: SLO, shards: int = 1, topic: str = TOPIC) -> Counter:
    made = Counter(topic, slos or (slo(),), shards=shards, too_late_s=TOO_LATE_S, future_s=FUTURE_S)
    made.start_chunk()
    return made


def cells_of(counted: Counter) -> dict[tuple[int, int, int], list[int]]:
    """The cells as (shard, series, bucket) -> [good, total]; every shard sorted, no cell twice."""
    found: dict[tuple[int, int, int], list[int]] = {}
    for shard, (cells, _) in enumerate(counted.cells()):
        keys = list(zip(cells.series.tolist(), cells.bucket.tolist(), strict=True))
        assert keys == sorted(set(keys))
        assert {str(a.dtype) for a in (cells.bucket, cells.good, cells.total)} == {"int64"}
        for key, good, total in zip(keys, cells.good.tolist(), cells.total.tolist(), strict=True):
            found[shard, *key] = [good, total]
    return found


def totals(cells: Cells) -> tuple[int, int]:
    """Good and total of all cells together."""
    return int(cells.good.sum()), int(cells.total.sum())

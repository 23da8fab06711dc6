"""Counts one record at a time, as the text of the rules says. Shares no code with the counter."""

import json
import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NoReturn

from shared.domain.evaluate import holds, look_up
from shared.domain.predicate import And, IsNumber, Path, Predicate
from shared.domain.reason import Reason
from shared.domain.series import invalid_key, invalid_slo, series_key, shard_of
from shared.domain.slo import SLO, DataSource, Indicator
from tests.unit.ingest.build import Record

BLOCK = 50_000
HOUR_MS = 3_600_000
END = datetime(3000, 1, 1, tzinfo=UTC).timestamp() * 1_000


class Refused(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def put(event: dict[str, Any], path: Path, value: object) -> None:
    for name in path[:-1]:
        if event.get(name) is None:
            event[name] = {}
        event = event[name]
        if not isinstance(event, dict):
            return
    if event.get(path[-1]) is None:
        event[path[-1]] = value


def no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def depth_of(text: str) -> int:
    deepest = depth = 0
    inside = escaped = False
    for char in text:
        if inside:
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def parse(value: bytes, source: DataSource, fields: set[str]) -> dict[str, Any]:
    event = unwrap(parse_json(value), source)
    used = {name: field for name, field in event.items() if name in fields}
    try:
        json.dumps(used, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise Refused(Reason.BAD_TEXT) from None
    except ValueError:
        raise Refused(Reason.WRONG_TYPE) from None
    return event


def parse_json(value: bytes) -> dict[str, Any]:
    if len(value) > 1 << 20:
        raise Refused(Reason.TOO_LARGE)
    text = value.decode("utf-8", "surrogateescape")
    if depth_of(text) > 64:
        raise Refused(Reason.TOO_DEEP)
    try:
        event = json.loads(text, parse_constant=no_constant, parse_int=whole)
    except ValueError:
        raise Refused(Reason.NOT_JSON) from None
    if not isinstance(event, dict):
        raise Refused(Reason.NOT_AN_OBJECT)
    return event


def whole(digits: str) -> float:
    return int(digits) if len(digits) < 4_300 else math.inf


def unwrap(event: dict[str, Any], source: DataSource) -> dict[str, Any]:
    if event.get("specversion") != "1.0":
        return event
    data = event.get("data")
    if not isinstance(data, dict):
        raise Refused(Reason.WRONG_TYPE)
    for path, name in (
        (source.id_field, "id"),
        (source.service_field, "source"),
        (source.timestamp_field, "time"),
    ):
        if event.get(name) is not None:
            put(data, path, event[name])
    return data


def time_of(value: object, record_ms: int) -> int:
    if value is None and record_ms < 0:
        raise Refused(Reason.BAD_TIME)
    if value is None:
        return record_ms
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Refused(Reason.WRONG_TYPE)
    if isinstance(value, str):
        match = re.fullmatch(
            r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?"
            r"([Zz]|[+-][0-9]{2}:[0-9]{2})",
            value,
        )
        if not match:
            raise Refused(Reason.BAD_TIME)
        day, clock, fraction, zone = match.groups()
        try:
            at = datetime.fromisoformat(f"{day}T{clock}{zone.upper()}")
        except ValueError:
            raise Refused(Reason.BAD_TIME) from None
        return round(at.timestamp()) * 1_000 + int(((fraction or ".") + "000")[1:4])
    return math.floor(value * 1_000 if abs(value) < 1e11 else value)


def weight_of(value: object) -> int:
    if value is None:
        return 1
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(Reason.WRONG_TYPE)
    if not 0 <= value <= 1e9 or value % 1:
        raise Refused(Reason.BAD_WEIGHT)
    return int(value)


def group_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value % 1 == 0:
        value = int(value)
    if not isinstance(value, str):
        value = json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    if len(value) > 128:
        return f"{value[:111]}~{blake2b(value.encode(), digest_size=8).hexdigest()}"
    return value


@dataclass
class Seen:
    offset: int
    time: int
    event: tuple[object, str]


@dataclass
class NaiveCounter:
    topic: str
    slos: list[SLO]
    shards: int
    too_late_s: int = 100
    future_s: int = 10
    cells: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)
    seen: dict[DataSource, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    rejected: list[tuple[int, str]] = field(default_factory=list)
    not_numeric: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def sources(self) -> list[DataSource]:
        """The sources of the topic, by name."""
        found = {i.source for slo in self.slos for i in slo.indicators()}
        return sorted((s for s in found if s.topic == self.topic), key=lambda s: s.name)

    def count(self, record: Record, *, warming: bool = False) -> None:
        if record.value is None:
            return
        for place, source in enumerate(self.sources()):
            try:
                self.count_for(source, record, record.value, warming=warming)
            except Refused as error:
                if place == 0 and not warming:
                    self.rejected.append((record.offset, error.reason.value))
                    series = invalid_key(self.topic, error.reason)
                    bucket = record.timestamp // 10_000 if 0 <= record.timestamp < END else 0
                    self.add(invalid_slo(error.reason), series, bucket, 0, 1)

    def count_for(self, source: DataSource, record: Record, value: bytes, *, warming: bool) -> None:
        event = parse(value, source, self.fields(source))
        at, weight = self.check(source, event, record.timestamp)
        if self.is_duplicate(source, record, event) or warming:
            return
        for slo in self.slos:
            for indicator in slo.indicators():
                if indicator.source == source:
                    self.count_one(slo.name, indicator, event, at // 10_000, weight)

    def fields(self, source: DataSource) -> set[str]:
        paths = {source.service_field, source.id_field, source.timestamp_field}
        paths.add(source.weight_field)
        for slo in self.slos:
            for one in slo.indicators():
                if one.source == source:
                    paths.update(paths_in(one.total), paths_in(one.good), one.group_by)
                    if one.weight_field is not None:
                        paths.add(one.weight_field)
        return {path[0] for path in paths}

    def check(self, source: DataSource, event: dict[str, Any], record_ms: int) -> tuple[int, int]:
        service, name = look_up(event, source.service_field), look_up(event, source.id_field)
        if service is not None and not isinstance(service, str):
            raise Refused(Reason.WRONG_TYPE)
        if source.builtin and not service:
            raise Refused(Reason.NO_SERVICE)
        if name is not None and not isinstance(name, str):
            raise Refused(Reason.WRONG_TYPE)
        at = time_of(look_up(event, source.timestamp_field), record_ms)
        if record_ms >= 0 and at - record_ms > self.future_s * 1_000:
            raise Refused(Reason.IN_THE_FUTURE)
        if record_ms >= 0 and record_ms - at > self.too_late_s * 1_000:
            raise Refused(Reason.TOO_LATE)
        if not 0 <= at < END:
            raise Refused(Reason.BAD_TIME)
        return at, weight_of(look_up(event, source.weight_field))

    def is_duplicate(self, source: DataSource, record: Record, event: dict[str, Any]) -> bool:
        name = look_up(event, source.id_field)
        if not isinstance(name, str) or not name or record.timestamp < 0:
            return False
        this = Seen(record.offset, record.timestamp, (look_up(event, source.service_field), name))
        before = self.seen[source]
        low = (record.offset // BLOCK - 1) * BLOCK
        found = any(
            other.offset >= low
            and other.event == this.event
            and abs(other.time - this.time) <= HOUR_MS
            for other in before
        )
        before.append(this)
        return found

    def count_one(
        self, slo: str, indicator: Indicator, event: dict[str, Any], bucket: int, weight: int
    ) -> None:
        if indicator.weight_field is not None:
            try:
                weight = weight_of(look_up(event, indicator.weight_field))
            except Refused:
                weight = -1
        if indicator.value_field is not None:
            value = look_up(event, indicator.value_field)
            numeric = isinstance(value, int | float) and not isinstance(value, bool)
            if not numeric and holds(without_number(indicator.total), event):
                self.not_numeric[slo, indicator.key] += 1
        if weight >= 0 and holds(indicator.total, event):
            values = tuple(group_text(look_up(event, path)) for path in indicator.group_by)
            series = series_key(slo, indicator.key, values)
            good = weight if holds(indicator.good, event) else 0
            self.add(slo, series, bucket, good, weight)

    def add(self, slo: str, series: int, bucket: int, good: int, total: int) -> None:
        if total:
            cell = self.cells.setdefault((shard_of(slo, self.shards), series, bucket), [0, 0])
            cell[0] += good
            cell[1] += total


def paths_in(predicate: Predicate) -> set[Path]:
    if hasattr(predicate, "parts"):
        return {path for part in predicate.parts for path in paths_in(part)}
    if hasattr(predicate, "part"):
        return paths_in(predicate.part)
    return {predicate.path} if hasattr(predicate, "path") else set()


def without_number(total: Predicate) -> Predicate:
    parts = total.parts if isinstance(total, And) else (total,)
    return And(tuple(part for part in parts if not isinstance(part, IsNumber)))

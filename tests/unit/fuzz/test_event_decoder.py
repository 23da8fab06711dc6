"""A record is an event or has a reason of the closed set, one by one and in columns alike."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.errors import RejectedEvent
from shared.domain.reason import Reason
from shared.domain.slo import DataSource
from shared.events import EventReader
from tests.unit.fuzz.mutation import mutated

NOW_MS = 1_795_413_600_000
SOURCES = (
    DataSource("requests", "leeway.requests.v1", builtin=True),
    DataSource("nested", "orders.v1", ("time", "at"), ("meta", "id"), ("meta", "n"), ("svc",)),
)
PATHS = (("status",), ("error", "code"), ("a", "b", "c"))

EVENT = {"ts": NOW_MS, "service": "checkout", "id": "e-1", "count": 2, "status": 200}
SEEDS = [
    json.dumps(value)
    for value in (
        EVENT,
        {**EVENT, "ts": "2026-11-23T06:00:00.123Z", "error": {"code": None}, "a": {"b": {"c": []}}},
        {"svc": "x", "time": {"at": NOW_MS / 1000}, "meta": {"id": "1", "n": 3}, "status": 1.5},
        {"specversion": "1.0", "id": "c", "source": "shop", "time": "2026-11-23", "data": EVENT},
        {"specversion": "1.0", "data": {"specversion": "1.0", "data": {}}},
        [EVENT],
    )
]
FRAGMENTS = [
    *("null", "true", "NaN", "-Infinity", "1e999", "-0", "1" * 400, "9223372036854775808", "0.1"),
    *("{", "}", "[", "]", ",", ":", '"', "\\", "{}", '""', "[" * 70, '{"a":' * 40, "\x00", "\x1f"),
    *(r"\ud800", r"\udc00\ud800", r"\u0000", "\xed\xa0\x80", "\xff", "\xef\xbb\xbf", "\xc3"),
    *('"specversion":"1.0",', '"ts":', '"data":', '"service":""', "2026-02-30T25:61:61Z"),
]
RECORDS = st.one_of(
    st.binary(max_size=60),
    mutated(SEEDS, FRAGMENTS).map(lambda text: text.encode("latin-1")),
)
TIMES = st.sampled_from([-1, 0, NOW_MS, NOW_MS - 10**9, 2**62])


def judge(source: DataSource, records: list[tuple[bytes, int]]) -> None:
    reader = EventReader(source, PATHS, too_late_s=604_800, future_s=300)
    alone: dict[int, Reason] = {}
    for row, (value, record_ms) in enumerate(records):
        try:
            reader.check(value, record_ms)
        except RejectedEvent as error:
            alone[row] = Reason(error.reason)
    values = [value for value, _ in records]
    events = reader.read(values, np.array([time for _, time in records], np.int64))
    assert {row: error.reason for row, error in events.rejected} == alone
    assert len(events.events) == len(records) - len(alone)
    for path in PATHS:
        assert len(reader.column(events.events, path)) == len(events.events)


MANY_RECORDS = st.lists(st.tuples(RECORDS, TIMES), min_size=1, max_size=8)


@settings(max_examples=150)
@given(st.sampled_from(SOURCES), MANY_RECORDS)
def test_any_bytes_are_an_event_or_rejected_with_a_reason(
    source: DataSource, records: list[tuple[bytes, int]]
) -> None:
    judge(source, records)


@pytest.mark.soak
@settings(max_examples=5_000)
@given(st.sampled_from(SOURCES), MANY_RECORDS)
def test_many_more_bytes(source: DataSource, records: list[tuple[bytes, int]]) -> None:
    judge(source, records)

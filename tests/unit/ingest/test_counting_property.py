"""The counter agrees with a naive reading of every event, however the records are batched."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.ingest.domain.counting import Counter
from shared.domain.slo import SLO, DataSource
from tests.unit.ingest.build import AT, HOUR_MS, REQUESTS, TOPIC, Record, cells_of, indicator, slo
from tests.unit.ingest.naive import NaiveCounter

CUSTOM = DataSource(
    "custom",
    TOPIC,
    timestamp_field=("meta", "at"),
    id_field=("meta", "id"),
    weight_field=("n",),
)

QUERIES = st.sampled_from(
    [
        "true",
        "up",
        "!up",
        "service == 's0'",
        "service == 's1' && status < 500",
        "status < 500",
        "status >= 200 && status <= 499.5",
        "status != 404",
        "!(status == 200)",
        f"status > {2**53} || status == {2**60 + 1}",
        "status == true || status == '200'",
        "route == '/pay' || route == ''",
        "route in ['/', '/pay', 500, null]",
        "route != '/pay'",
        "route > '/p' && route <= '/pay/card'",
        "route.startsWith('/pay')",
        "route.endsWith('d') || route.contains('ä')",
        "route.matches('^/pay/[a-z]+$')",
        "error.code == 7 && has(error)",
        "error == null",
        "has(tags) && !has(error.code)",
        "count > 1",
        "ts < 5 || id == 'a'",
    ]
)
PATHS = st.sampled_from([("status",), ("route",), ("error", "code"), ("n",), ("tags",)])

ANYTHING: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, 7, -1, 1.5, 2.0, 2**53 + 1, 2**60 + 1, 10**30, "", "x", [], {"a": 1}]
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "service": st.sampled_from(["s0", "s1", "s2"]),
    "id": st.sampled_from(["a", "b", "c", "d", None, ""]),
    "status": st.sampled_from([199, 200, 404, 499.5, 500, 500.0, 2**60, 2**60 + 1, "200", True]),
    "route": st.sampled_from(["/", "/pay", "/pay/card", "", "/ä", "x" * 129]),
    "error": st.sampled_from([{"code": 7}, {"code": 8.0}, {}, {"code": None}, "none"]),
    "up": st.booleans(),
    "tags": st.sampled_from([[], ["a"], "b"]),
    "n": st.sampled_from([1, 2, 3.0, 0]),
    "count": st.sampled_from([1, 2, 0, 5.0, 10**9]),
    "unused": ANYTHING,
}
TIMES: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        AT,
        AT // 1_000,
        AT / 1_000 + 0.5,
        AT + 10_000,
        AT + 10_001,
        AT - 100_000,
        AT - 100_001,
        "2026-09-21T14:13:20Z",
        "2026-09-21T14:13:20.5Z",
        "2026-09-21t14:13:19.999999z",
        "2026-09-21 16:13:25+02:00",
        "2026-09-21T13:43:20.123-00:30",
        "2026-09-21T14:13:20",
        "2026-02-30T14:13:20Z",
        "2026-09-21T24:00:00Z",
        "2026-09-21T14:13:20+24:00",
        "20٢6-09-21T14:13:20Z",
        "now",
        10**400,
        -1,
        1e300,
        True,
        [],
    ]
)
RUBBISH = st.sampled_from(
    [
        None,
        b"",
        b" ",
        b"[]",
        b"null",
        b"7",
        b'"service"',
        b"{",
        b'{"service":"s0"}{"service":"s1"}',
        b'{"service":"s0"}\n{"service":"s1"}',
        b'{"service":"s0","service":"s1"}',
        b' {"service":\n"s0"} ',
        b'{"service":"s0","status":NaN}',
        b'{"service":"s0","status":1e999}',
        b'{"service":"s0","status":' + b"9" * 5_000 + b"}",
        b'{"service":"s0","other":1e999}',
        b'{"service":"\xff"}',
        b'{"service":"s0","other":"\xff"}',
        b'{"service":"\\ud800"}',
        b'{"service":"s0","route":"\\udc00\\ud800"}',
        b'{"service":"s0","route":"\\ud83d\\ude00"}',
        b"\xff\xfe{}",
        b'\xef\xbb\xbf{"service":"s0"}',
        b'{"service":"s0","x":' + b"[" * 63 + b"]" * 63 + b"}",
        b'{"service":"s0","x":' + b"[" * 64 + b"]" * 64 + b"}",
        b'{"service":"s0","x":"' + b"[{" * 64 + b'\\"["}',
        b"[" * 100_000,
        b'{"service":"s0","x":[' + b"[]," * 100 + b"1]}",
        b'{"specversion":"1.0"}',
        b'{"specversion":"1.0","data":[]}',
        b'{"specversion":"1.0","data":{"route":"\xff"}}',
        b'{"specversion":"0.3","data":{"service":"s0"}}',
    ]
)


@st.composite
def events(draw: st.DrawFn) -> bytes:
    event = {name: draw(made) for name, made in FIELDS.items() if draw(st.integers(0, 3))}
    if draw(st.integers(0, 9)) == 0:
        event[draw(st.sampled_from(sorted(FIELDS)))] = draw(ANYTHING)
    if draw(st.integers(0, 2)):
        event["ts"] = draw(TIMES)
    if draw(st.booleans()):
        event["meta"] = draw(
            st.sampled_from([{"at": AT}, {"at": "later"}, {"id": "a"}, {"id": 5}, {}, [], "m"])
        )
    if draw(st.integers(0, 4)) == 0:
        event = {"specversion": "1.0", "data": event, "time": draw(TIMES), "source": "s2"}
        event["id"] = draw(FIELDS["id"])
    return json.dumps(event, ensure_ascii=draw(st.booleans())).encode()


@st.composite
def logs(draw: st.DrawFn) -> list[Record]:
    offset = draw(st.sampled_from([0, 49_990]))
    made = []
    for _ in range(draw(st.integers(1, 25))):
        offset += draw(st.sampled_from([1, 1, 1, 20_000, 60_000]))
        timestamp = AT + draw(
            st.sampled_from([0, 0, 0, 5_000, -HOUR_MS, 2 * HOUR_MS, -AT - 1, 2**62])
        )
        value = draw(st.one_of(events(), events(), events(), RUBBISH))
        made.append(Record(offset, timestamp, value))
    return made


@st.composite
def definitions(draw: st.DrawFn) -> list[SLO]:
    made = []
    for number in range(draw(st.integers(1, 4))):
        kinds = [
            indicator(
                draw(QUERIES),
                draw(QUERIES),
                source=draw(st.sampled_from([REQUESTS, REQUESTS, CUSTOM])),
                value_field=draw(st.none() | PATHS),
                weight_field=draw(st.none() | PATHS),
                group_by=draw(st.sampled_from([(), (), (("route",),), (("status",), ("n",))])),
            )
            for _ in range(draw(st.integers(1, 3)))
        ]
        made.append(slo(f"slo-{number}", *kinds))
    return made


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(definitions(), logs(), st.data())
def test_the_counter_agrees_with_a_naive_reading_however_it_is_fed(
    slos: list[SLO], log: list[Record], data: st.DataObject
) -> None:
    naive = NaiveCounter(TOPIC, slos, 3)
    counter = Counter(TOPIC, slos, shards=3, too_late_s=100, future_s=10)
    warmed = data.draw(st.integers(0, len(log) // 2))
    counter.warm(log[:warmed])
    counter.start_chunk()
    for record in log[:warmed]:
        naive.count(record, warming=True)
    start = warmed
    while start < len(log):
        end = data.draw(st.integers(start + 1, len(log)))
        for record in log[start:end]:
            naive.count(record)
        rejected = counter.count(log[start:end])
        assert [(one.record.offset, one.reason.value) for one in rejected] == naive.rejected
        naive.rejected.clear()
        start = end
        after = data.draw(st.sampled_from(["nothing", "cells", "chunk"]))
        if after != "nothing" or start == len(log):
            assert cells_of(counter) == naive.cells
        if after == "chunk":
            counter.start_chunk()
            naive.cells.clear()
    assert counter.not_numeric == dict(naive.not_numeric)

import json
from typing import Any

import pytest

import services.ingest.domain.reading as reading
from services.ingest.domain.duplicate import BLOCK
from services.ingest.domain.group import LONGEST, MOST_GROUPS
from shared.domain.errors import RejectedEvent
from shared.domain.reason import Reason
from shared.domain.series import OTHER, invalid_key, invalid_slo, series_key, shard_of
from shared.domain.slo import DataSource
from shared.events import EventReader
from tests.unit.ingest.build import (
    AT,
    FUTURE_S,
    HOUR_MS,
    REQUESTS,
    TOO_LATE_S,
    TOPIC,
    Record,
    cells_of,
    counter,
    indicator,
    record,
    slo,
    totals,
)

DAY_MS = 24 * HOUR_MS


def count(value: bytes, **others: Any) -> tuple[int, int]:
    """Good and total of one record in a counter that counts everything with status below 500."""
    counted = counter(slo("slo", indicator(good="status < 500")), **others)
    assert counted.count([Record(value=value)]) == []
    return totals(counted.cells()[0][0])


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "not_json"),
        (b"status=200", "not_json"),
        (b'{"service":"a"', "not_json"),
        (b'{"service":"a"}\n{"service":"b"}', "not_json"),
        (b'{"service":"a"}{"service":"b"}', "not_json"),
        (b'{"service":"a","status":NaN}', "not_json"),
        (b'{"service":"a","other":-Infinity}', "not_json"),
        (b"\x80\x04\x95", "not_json"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (b'"\\ud800"', "not_an_object"),
        (b'{"service":5}', "wrong_type"),
        (b'{"service":"a","id":5}', "wrong_type"),
        (b'{"service":"a","ts":true}', "wrong_type"),
        (b'{"service":"a","count":"2"}', "wrong_type"),
        (b'{"service":"a","count":true}', "wrong_type"),
        (b'{"service":"a","status":1e999}', "wrong_type"),
        (b'{"service":"a","status":' + b"9" * 5_000 + b"}", "wrong_type"),
        (b'{"specversion":"1.0","data":"text"}', "wrong_type"),
        (b'{"specversion":"1.0","data_base64":"AA=="}', "wrong_type"),
        (b"{}", "no_service"),
        (b'{"service":null}', "no_service"),
        (b'{"service":""}', "no_service"),
        (b'{"service":"a","ts":"yesterday"}', "bad_time"),
        (b'{"service":"a","ts":"2026-09-21T14:13:20"}', "bad_time"),
        (b'{"service":"a","ts":0}', "too_late"),
        (b'{"service":"a","ts":-1}', "too_late"),
        (b'{"service":"a","ts":1e300}', "in_the_future"),
        (b'{"service":"a","ts":' + b"9" * 4_000 + b"}", "in_the_future"),
        (b'{"service":"a","count":-1}', "bad_weight"),
        (b'{"service":"a","count":0.5}', "bad_weight"),
        (b'{"service":"a","count":1000000001}', "bad_weight"),
        (b'{"service":"a","count":' + b"9" * 4_000 + b"}", "bad_weight"),
        (b'{"service":"\xff"}', "bad_text"),
        (b'{"service":"\\ud800"}', "bad_text"),
        (b'{"service":"a","status":"\\udc00\\ud800"}', "bad_text"),
        (b'{"service":"a","other":' + b"[" * 64 + b"]" * 64 + b"}", "too_deep"),
        (b"[" * 100_000, "too_deep"),
        (b'{"service":"a","other":"' + b"x" * (1 << 20) + b'"}', "too_large"),
    ],
)
def test_a_record_that_is_no_event_is_rejected_with_its_reason(value: bytes, reason: str) -> None:
    good = record(0, status=200)
    counted = counter(slo("slo", indicator(good="status < 500")))
    rejected = counted.count([good, Record(1, AT, value), record(2, status=200)])
    assert [(one.record.offset, one.reason.value) for one in rejected] == [(1, reason)]
    assert cells_of(counted)[0, invalid_key(TOPIC, Reason(reason)), AT // 10_000] == [0, 1]
    assert counted.results == {"counted": 2, "rejected": 1, "tombstone": 0, "duplicate": 0}


@pytest.mark.parametrize(
    ("value", "good"),
    [
        (b'{"service":"a","status":200}', 1),
        (b' {"service":\n"a","status":200}\n', 1),
        (b'{"service":"a","status":500,"status":200}', 1),
        (b'{"service":"a","status":"200"}', 0),
        (b'{"service":"a","status":1267650600228229401496703205376}', 0),
        (b'{"service":"a","status":-' + b"9" * 400 + b"}", 1),
        (b'{"service":"a","status":200,"other":1e999}', 1),
        (b'{"service":"a","status":200,"other":"\xff"}', 1),
        (b'{"service":"a","status":200,"other":"\\ud800"}', 1),
        (b'{"service":"a","status":200,"other":' + b"[" * 63 + b"]" * 63 + b"}", 1),
        (b'{"service":"a","status":200,"other":"' + b"[" * 99 + b'"}', 1),
        (b'{"service":"a","status":200,"other":"\\"' + b"[" * 99 + b'"}', 1),
        (b'{"service":"a","status":200,"other":[' + b"[]," * 99 + b"[]]}", 1),
        (b'{"service":"a","status":200,"id":null,"ts":null,"count":null}', 1),
        (b'{"service":"a","status":200,"count":7.0}', 7),
    ],
)
def test_odd_records_that_are_events_count(value: bytes, good: int) -> None:
    assert count(value)[0] == good


def test_a_deep_record_is_found_among_rubbish() -> None:
    deep = b'{"service":"a","other":' + b"[" * 70 + b"]" * 70 + b"}"
    log = [*(Record(offset, AT, b"x") for offset in range(200)), Record(200, AT, deep)]
    assert [one.reason for one in counter().count(log)][-1] == Reason.TOO_DEEP


def test_values_of_one_field_are_told_apart_exactly() -> None:
    big = 2**60
    columns: dict[str, list[object]] = {
        f"x == {big + 1}": [big, big + 1, big + 2, float(big)],
        f"x >= -{big + 1}": [-big - 2, -big - 1, -big],
        "x >= 300": [None, 300, 299.5, 10**6],
        "x": [False, True, None],
        "x == false": [True, False, None],
        "!(x == 1)": [1, 1.0, 2, True, "1", None, [1]],
        "x == '1'": ["1", 1, "2"],
        "x == null": [None, 0, "", False, []],
        "x.endsWith('ab')": ["b", "ab", "cab", ""],
    }
    expected = {"!(x == 1)": 5, "x >= 300": 2, f"x >= -{big + 1}": 2}
    for query, values in columns.items():
        counted = counter(slo("slo", indicator(good=query)))
        counted.count([record(offset, x=value) for offset, value in enumerate(values)])
        good = 2 if query == "x.endsWith('ab')" else expected.get(query, 1)
        assert (query, *totals(counted.cells()[0][0])) == (query, good, len(values))


@pytest.mark.parametrize("between", [b"\n", b"\r\n", b" \n\n  "])
def test_a_record_of_several_json_lines_is_refused_with_advice(between: bytes) -> None:
    (rejected,) = counter().count([Record(value=between.join([b'{"service":"a"}'] * 3))])
    assert rejected.reason == "not_json"
    assert "send every event as a record of its own" in rejected.detail


def test_ingest_and_intake_judge_alike() -> None:
    reader = EventReader(REQUESTS, too_late_s=TOO_LATE_S, future_s=FUTURE_S)
    for value in (b"{", b"{}", b'{"service":"a","ts":"x"}', b'{"specversion":"1.0","data":1}'):
        (rejected,) = counter().count([Record(value=value)])
        with pytest.raises(RejectedEvent) as caught:
            reader.check(value, AT)
        assert (caught.value.reason, caught.value.detail) == (rejected.reason, rejected.detail)
    reader.check(b'{"specversion":"1.0","source":"a","data":{}}', AT)


@pytest.mark.parametrize(
    ("ts", "reason"),
    [
        (AT - TOO_LATE_S * 1_000, None),
        (AT - TOO_LATE_S * 1_000 - 1, Reason.TOO_LATE),
        (AT + FUTURE_S * 1_000, None),
        (AT + FUTURE_S * 1_000 + 1, Reason.IN_THE_FUTURE),
    ],
)
def test_late_and_early_are_judged_by_the_time_of_the_record(
    ts: int, reason: Reason | None
) -> None:
    rejected = counter().count([record(0, AT, ts=ts)])
    assert [one.reason for one in rejected] == ([reason] if reason else [])


def test_without_a_record_time_an_event_is_neither_late_nor_early() -> None:
    counted = counter()
    some = [record(0, -1, ts=AT - 400 * DAY_MS), record(1, -1, ts=AT + 400 * DAY_MS)]
    none = [record(2, -1), record(3, -1, ts=-5), record(4, -1, ts="4000-01-01T00:00:00Z")]
    rejected = counted.count([*some, *none])
    assert [(one.record.offset, one.reason) for one in rejected] == [
        (2, Reason.BAD_TIME),
        (3, Reason.BAD_TIME),
        (4, Reason.BAD_TIME),
    ]
    assert cells_of(counted)[0, invalid_key(TOPIC, Reason.BAD_TIME), 0] == [0, 3]


def test_a_tombstone_is_ignored_and_counted() -> None:
    counted = counter()
    assert counted.count([Record(0, value=None), record(1), Record(2, value=None)]) == []
    assert counted.results == {"counted": 1, "rejected": 0, "tombstone": 2, "duplicate": 0}
    assert totals(counted.cells()[0][0]) == (1, 1)


def test_rejected_records_are_counted_on_the_shard_of_their_reason() -> None:
    counted = counter(shards=5)
    counted.count([Record(0, AT, b"x"), Record(1, AT + 25_000, b"y")])
    shard = shard_of(invalid_slo(Reason.NOT_JSON), 5)
    series = invalid_key(TOPIC, Reason.NOT_JSON)
    at = AT // 10_000
    assert cells_of(counted) == {(shard, series, at): [0, 1], (shard, series, at + 2): [0, 1]}
    assert len(counted.cells()) == 5


def test_a_rejected_record_may_be_sent_again_corrected() -> None:
    counted = counter()
    assert len(counted.count([record(0, id="a", count=-1)])) == 1
    assert counted.count([record(1, id="a", count=1), record(2, id="a", count=1)]) == []
    assert counted.results["duplicate"] == 1


def test_cells_are_cumulative_until_the_next_chunk_starts() -> None:
    counted = counter(slo("slo", indicator(good="status < 500")))
    counted.count([record(0, status=200)])
    assert totals(counted.cells()[0][0]) == (1, 1)
    counted.count([record(1, status=500)])
    assert counted.cells() is counted.cells()
    assert totals(counted.cells()[0][0]) == (1, 2)
    counted.start_chunk()
    assert totals(counted.cells()[0][0]) == (0, 0)
    counted.count([record(2, status=200)])
    assert totals(counted.cells()[0][0]) == (1, 1)


def test_duplicates_are_recognised_across_chunks_blocks_and_restarts() -> None:
    counted = counter()
    counted.warm([record(5, id="a")])
    counted.start_chunk()
    counted.count([record(BLOCK - 1, id="b"), record(BLOCK, id="a"), record(BLOCK + 1, id="c")])
    counted.start_chunk()
    counted.count([record(BLOCK + 2, id="b"), record(2 * BLOCK, id="c"), record(2 * BLOCK + 1)])
    assert counted.results["duplicate"] == 3
    assert totals(counted.cells()[0][0]) == (1, 1)


def test_a_batch_may_reach_over_several_blocks() -> None:
    counted = counter()
    log = [record(0, id="a"), record(BLOCK, id="b"), record(2 * BLOCK, id="a")]
    counted.count([*log, record(2 * BLOCK + 1, id="b")])
    assert counted.results["duplicate"] == 1


def test_events_count_in_the_bucket_of_their_own_time() -> None:
    counted = counter(slo("slo", indicator()))
    counted.count([record(0, ts=AT - DAY_MS), record(1, ts=AT // 1_000), record(2)])
    assert sorted(bucket for _, _, bucket in cells_of(counted)) == [
        (AT - DAY_MS) // 10_000,
        AT // 10_000,
    ]


def test_a_weight_counts_as_so_many_events_also_when_it_is_nothing() -> None:
    counted = counter(slo("slo", indicator(good="status < 500")))
    counted.count([record(0, status=200, count=197), record(1, status=500, count=3)])
    counted.count([record(2, status=500, count=0)])
    assert totals(counted.cells()[0][0]) == (197, 200)


def test_an_indicator_may_weigh_by_a_field_of_its_own() -> None:
    by_bytes = indicator(weight_field=("bytes",))
    counted = counter(slo("a", by_bytes), slo("b", indicator()))
    counted.count(
        [record(0, bytes=10), record(1, bytes=-1), record(2, bytes="x"), record(3, count=5)]
    )
    found = cells_of(counted)
    assert found[0, series_key("a", by_bytes.key), AT // 10_000] == [11, 11]
    assert found[0, series_key("b", indicator().key), AT // 10_000] == [8, 8]


def test_an_event_without_the_number_is_not_valid_and_told_of() -> None:
    slow = indicator("route == '/pay'", "ms < 300", value_field=("ms",))
    counted = counter(slo("latency", slow))
    values = [100, 400, "fast", None, True]
    counted.count([record(o, route="/pay", ms=ms) for o, ms in enumerate(values)])
    counted.count([record(9, route="/other")])
    assert totals(counted.cells()[0][0]) == (1, 2)
    assert counted.not_numeric == {("latency", slow.key): 3}


def test_groups_have_series_and_names_of_their_own() -> None:
    grouped = indicator(good="status < 500", group_by=(("tenant",), ("region",)))
    counted = counter(slo("slo", grouped))
    counted.count(
        [
            record(0, tenant="a", region=1, status=200),
            record(1, tenant="a", region=1.0, status=500),
            record(2, tenant="a", status=200),
            record(3, tenant=True, region=[1, {"z": 1}], status=200),
        ]
    )
    ((cells, names),) = counted.cells()
    sums = dict(zip(cells.series.tolist(), cells.total.tolist(), strict=True))
    assert {name.values: sums[name.series] for name in names} == {
        ("a", "1"): 2,
        ("a", ""): 1,
        ("true", '[1,{"z":1}]'): 1,
    }
    assert all(n.series == series_key("slo", grouped.key, n.values) for n in names)
    counted.start_chunk()
    assert counted.cells()[0][1] == ()


def test_long_group_values_are_cut_and_told_apart() -> None:
    counted = counter(slo("slo", indicator(group_by=(("tenant",),))))
    kept = "x" * LONGEST
    counted.count([record(o, tenant=t) for o, t in enumerate([kept, kept + "a", kept + "b"])])
    values = [name.values[0] for name in counted.cells()[0][1]]
    assert values[0] == kept
    assert len(set(values)) == 3
    assert max(map(len, values)) == LONGEST


def test_the_first_groups_of_an_indicator_in_a_chunk_have_series_and_the_rest_one() -> None:
    by = (("tenant",),)
    every, some = indicator(group_by=by), indicator("status == 200", group_by=by)
    counted = counter(slo("every", every), slo("some", some))
    log = [record(o, tenant=f"t{o}", status=200 + o % 2) for o in range(MOST_GROUPS + 500)]
    again = [record(5_000, tenant="t0", status=201), record(5_001, tenant="t2001", status=200)]
    for start in range(0, len(log), 700):
        counted.count(log[start : start + 700])
    counted.count(again)
    ((cells, names),) = counted.cells()
    sums = dict(zip(cells.series.tolist(), cells.total.tolist(), strict=True))
    found = {(name.slo, name.values[0]): sums[name.series] for name in names}
    assert sum(slo == "every" for slo, _ in found) == MOST_GROUPS + 1
    assert found["every", OTHER] == 501
    assert found["every", "t0"] == 2
    assert ("every", "t2000") not in found
    assert found["some", "t2000"] == 1
    assert found["some", "t2001"] == 1
    assert ("some", OTHER) not in found
    counted.start_chunk()
    counted.count([record(6_000, tenant="t2000")])
    assert [name.values for name in counted.cells()[0][1]] == [("t2000",)]


def test_an_event_that_does_not_count_takes_no_place_among_the_groups() -> None:
    counted = counter(slo("slo", indicator(weight_field=("n",), group_by=(("tenant",),))))
    counted.count([record(0, tenant="a", n=-1), record(1, tenant="b", n=1)])
    assert [name.values for name in counted.cells()[0][1]] == [("b",)]


def test_sources_of_one_topic_read_it_each_in_their_way() -> None:
    custom = DataSource("custom", TOPIC, ("at",), ("key",), ("n",))
    ours, theirs = indicator(), indicator(source=custom)
    counted = counter(slo("ours", ours), slo("theirs", theirs))
    log = [
        record(0, id="a", key="x", count=2, n=5),
        record(1, id="a", key="y", at=AT - DAY_MS),
        Record(2, AT, b'{"n":3}'),
        record(3, n="rejected by requests alone is what counts", count=4),
    ]
    rejected = counted.count(log)
    assert [(one.record.offset, one.reason) for one in rejected] == [(3, Reason.WRONG_TYPE)]
    found = cells_of(counted)
    assert found[0, series_key("ours", ours.key), AT // 10_000] == [6, 6]
    assert found[0, series_key("theirs", theirs.key), AT // 10_000] == [8, 8]
    assert found[0, series_key("theirs", theirs.key), (AT - DAY_MS) // 10_000] == [1, 1]
    assert counted.results["rejected"] == 1


def test_a_custom_source_needs_no_service() -> None:
    custom = DataSource("custom", TOPIC)
    counted = counter(slo("slo", indicator(source=custom)))
    assert counted.count([Record(value=b"{}"), Record(1, value=b'{"service":""}')]) == []
    assert [one.reason for one in counted.count([Record(2, value=b'{"service":1}')])] == [
        Reason.WRONG_TYPE
    ]


def test_other_topics_do_not_concern_a_counter() -> None:
    counted = counter(topic="another")
    assert counted.count([record(0), Record(1, value=b"rubbish")]) == []
    assert cells_of(counted) == {}


def test_a_cloud_event_stands_for_the_event_in_its_data() -> None:
    counted = counter(slo("slo", indicator("service == 'checkout'", "status < 500")))
    envelope = {"specversion": "1.0", "type": "x", "id": "e1", "source": "checkout"}
    wrapped = envelope | {"time": "2026-09-21T14:13:20Z", "data": {"status": 200}}
    own = envelope | {"data": {"service": "cart", "id": "own", "ts": AT, "status": 200}}
    log = [wrapped, wrapped, own, envelope | {"data": {"id": "e2", "status": 500}}]
    values = [json.dumps(event).encode() for event in log]
    assert counted.count([Record(o, AT, value) for o, value in enumerate(values)]) == []
    assert counted.results["duplicate"] == 1
    assert totals(counted.cells()[0][0]) == (1, 2)


def test_many_fields_in_use_are_told_apart() -> None:
    fields = [f"f{number}" for number in range(40)]
    slos = [slo(name, indicator(f"{name} == 1", "up")) for name in fields]
    counted = counter(*slos)
    log = [record(o, up=o % 2 == 0, **{name: 1}) for o, name in enumerate(fields)]
    counted.count([*log, record(99, **dict.fromkeys(fields, 1))])
    found = cells_of(counted)
    for number, one in enumerate(slos):
        series = series_key(one.name, one.indicators()[0].key)
        assert found[0, series, AT // 10_000] == [1 - number % 2, 2]


def test_texts_that_only_patterns_tell_apart_are_told_apart() -> None:
    slos = [slo(f"s{n}", indicator(f"route.startsWith('/{n}/')", "up")) for n in range(300)]
    counted = counter(*slos)
    for start in range(0, 900, 50):
        log = [record(n, route=f"/{n % 300}/{n}", up=n < 600) for n in range(start, start + 50)]
        counted.count(log)
    assert [good for good, _ in cells_of(counted).values()] == [2] * 300
    assert [total for _, total in cells_of(counted).values()] == [3] * 300


def test_classes_are_forgotten_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_REMEMBERED", 100)
    by = (("tenant",),)
    counted = counter(slo("slo", indicator("a > 1 && b == 'x'"), indicator(group_by=by)))
    for chunk in range(5):
        counted.start_chunk()
        log = [record(100 * chunk + o, a=o, b="xy"[o % 2], tenant="t", status=o) for o in range(20)]
        counted.count(log)
        assert sorted(total for _, total in cells_of(counted).values()) == [9, 20]

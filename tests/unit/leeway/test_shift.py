import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leeway.sending.shift import newest, shifter, time_of

TS = ("ts",)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000  # microseconds


def shifted(event: object, by: int = HOUR, field: tuple[str, ...] = TS) -> object:
    return json.loads(shifter(by, field)(json.dumps(event).encode()))


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00.000000Z"),
        ("2026-01-01T02:00:00.25+02:00", "2026-01-01T01:00:00.250000Z"),
        (1_700_000_000, 1_700_003_600),
        (1_700_000_000.5, 1_700_003_600.5),
        (1_700_000_000_000, 1_700_003_600_000),
    ],
)
def test_a_time_is_moved_in_the_form_it_was_written(written: object, moved: object) -> None:
    assert shifted({"ts": written, "status": 200}) == {"ts": moved, "status": 200}


@pytest.mark.parametrize(
    "event",
    [
        {"service": "a"},
        {"ts": "yesterday"},
        {"ts": "2026-01-01T00:00:00"},
        {"ts": True},
        {"ts": None},
        {"time": "2026-01-01T00:00:00Z"},
        ["ts"],
        "text",
    ],
)
def test_an_event_without_a_time_that_can_be_read_stays_as_it_is(event: object) -> None:
    assert shifted(event) == event


def test_text_that_is_no_json_stays_as_it_is() -> None:
    assert shifter(HOUR, TS)(b"GET /") == b"GET /"


def test_a_cloud_event_is_moved_by_its_data_or_else_by_its_own_time() -> None:
    own = {"specversion": "1.0", "time": "2026-01-01T00:00:00Z", "data": {"status": 200}}
    inner = {"specversion": "1.0", "time": "2026-01-01T00:00:00Z", "data": {"ts": 1_700_000_000}}
    assert shifted(own)["time"] == "2026-01-01T01:00:00.000000Z"  # type: ignore[index]
    assert shifted(inner) == inner | {"data": {"ts": 1_700_003_600}}


def test_a_time_may_lie_deep_in_the_event() -> None:
    event = {"meta": {"at": 1_700_000_000}}
    assert shifted(event, field=("meta", "at")) == {"meta": {"at": 1_700_003_600}}


def test_the_newest_is_found_whatever_the_form() -> None:
    events = [b'{"ts":"2026-01-01T00:00:00Z"}', b"junk", b'{"ts":1767225601}', b"{}"]
    assert newest(events, TS) == 1_767_225_601_000_000
    assert newest([b"{}", b"junk"], TS) is None


@given(st.lists(st.integers(0, 2**51), min_size=2))
def test_distances_are_kept_to_the_microsecond(times: list[int]) -> None:
    before = [(EPOCH + timedelta(microseconds=at)).isoformat() for at in times]
    move = shifter(987_654_321, TS)
    after = [json.loads(move(json.dumps({"ts": at}).encode()))["ts"] for at in before]
    gone = {(time_of(a) or 0) - (time_of(b) or 0) for a, b in zip(after, before, strict=True)}
    assert gone == {987_654_321}

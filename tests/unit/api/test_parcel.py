import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.errors import BadRequest
from services.api.parcel import events_in

OBJECTS = st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text())


@given(st.lists(OBJECTS, min_size=1))
def test_an_array_and_lines_hold_the_same_events(objects: list[dict[str, object]]) -> None:
    array = json.dumps(objects, indent=2).encode()
    lines = b"\r\n".join(json.dumps(one).encode() for one in objects) + b"\n\n"

    assert [json.loads(event) for event in events_in(array)] == objects
    assert [json.loads(event) for event in events_in(lines)] == objects


def test_one_event_may_be_written_over_several_lines() -> None:
    event = json.dumps({"service": "checkout", "status": 200}, indent=2).encode()

    assert events_in(b"\n" + event + b"\n") == [event]


def test_a_bad_line_does_not_hide_the_others() -> None:
    assert events_in(b'{"a":1}\nrubbish\n{"b":2}') == [b'{"a":1}', b"rubbish", b'{"b":2}']


def test_rubbish_alone_is_one_event_to_be_refused() -> None:
    assert events_in(b"rubbish") == [b"rubbish"]


@pytest.mark.parametrize("body", [b"", b" \n ", b"[]", b"[1,", b"[{}] x", b"[" * 100_000])
def test_a_body_without_events_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        events_in(body)

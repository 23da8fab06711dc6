import io

from leeway.sending.event import MAX_BYTES, Line, batches, lines_of, too_large
from leeway.sending.topic import key_of


def test_blank_lines_count_as_lines_but_are_no_events() -> None:
    file = io.BytesIO(b'{"a":1}\n\n  \r\n{"a":2}')
    assert list(lines_of(file)) == [Line(1, b'{"a":1}'), Line(4, b'{"a":2}')]


def test_an_event_of_just_one_mebibyte_is_not_too_large() -> None:
    fits, exceeds = b"x" * MAX_BYTES, b"x" * (MAX_BYTES + 1)
    found = list(lines_of(io.BytesIO(fits + b"\n" + exceeds + b"\n{}\n")))
    assert [too_large(line) for line in found] == [False, True, False]
    assert [line.number for line in found] == [1, 2, 3]


def test_a_huge_line_is_not_kept_in_memory() -> None:
    (line, last) = lines_of(io.BytesIO(b"x" * (10 * MAX_BYTES) + b"\n{}"))
    assert len(line.text) == MAX_BYTES + 2
    assert last == Line(2, b"{}")


def test_batches_are_bounded_by_number_and_by_bytes_and_lose_nothing() -> None:
    lines = [Line(number, b"x" * 10) for number in range(1, 8)]
    assert [len(batch) for batch in batches(lines, 3, 1_000)] == [3, 3, 1]
    assert [len(batch) for batch in batches(lines, 100, 25)] == [2, 2, 2, 1]
    assert [len(batch) for batch in batches(lines, 100, 5)] == [1] * 7
    assert [line for batch in batches(lines, 3, 25) for line in batch] == lines


def test_the_key_is_the_service_wherever_it_stands() -> None:
    assert key_of(b'{"service":"checkout"}') == b"checkout"
    assert key_of(b'{"specversion":"1.0","data":{"service":"a"}}') == b"a"
    for event in (b"junk", b"[]", b"{}", b'{"service":3}', b"[" * 100_000):
        assert key_of(event) is None

"""JSON definitions: the values that the standard library reads, with positions."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.definitions.json_text import parse_json
from shared.definitions.node import Duplicate, UnreadableText

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 2]), st.booleans())
def test_a_value_is_what_the_standard_library_reads(
    value: Any, indent: int, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse_json(text, []).plain() == value


@given(st.text(alphabet='{}[]",:01-+.eEtruefalsn\\u \n', max_size=40))
def test_a_text_is_read_exactly_when_the_standard_library_reads_it(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(UnreadableText):
            parse_json(text, [])
    else:
        assert parse_json(text, []).plain() == expected


def test_positions_are_those_of_keys_and_items() -> None:
    node = parse_json('{"spec": {\n  "objectives": [\n    {"target": 1.2}\n  ]}}', [])
    found = node.find(("spec", "objectives", 0, "target"))
    assert (found.line, found.column) == (3, 6)
    assert (node.find(("spec", "objectives", 0)).line, node.find(("spec",)).column) == (3, 2)


def test_a_text_without_escapes_says_where_its_first_character_is() -> None:
    node = parse_json('{"a": "status < 500", "b": "it\\u0027s"}', [])
    assert node.find(("a",)).text_at == (1, 8)
    assert node.find(("b",)).text_at is None


def test_a_key_that_is_there_twice_is_noted() -> None:
    duplicates: list[Duplicate] = []
    assert parse_json('{"a": 1,\n "a": 2}', duplicates).plain() == {"a": 2}
    assert duplicates == [Duplicate("a", 2, 2)]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ('{"a": }', 1, 7),
        ('{"a": 1,}', 1, 9),
        ("[1,\n 2,]", 2, 4),
        ('{"a" 1}', 1, 6),
        ("{a: 1}", 1, 2),
        ("[1 2]", 1, 4),
        ("[1]\n]", 2, 1),
        ('["x', 1, 2),
        ("[NaN]", 1, 2),
        ("[1e999]", 1, 2),
        (f"[{'9' * 5_000}]", 1, 2),
        ("[" + "1" * 500 + "]", 1, 2),
        ("[01]", 1, 3),
    ],
)
def test_what_is_no_json_is_refused_with_a_place(text: str, line: int, column: int) -> None:
    with pytest.raises(UnreadableText) as caught:
        parse_json(text, [])
    assert (caught.value.line, caught.value.column) == (line, column)


def test_values_cannot_be_nested_without_limit() -> None:
    with pytest.raises(UnreadableText, match="nested more than"):
        parse_json("[" * 5000 + "]" * 5000, [])

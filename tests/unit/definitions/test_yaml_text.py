"""YAML as a definition is written in it: values by YAML 1.2, positions, anchors, mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.definitions.node import Duplicate, Node, UnreadableText
from shared.definitions.yaml_text import parse_yaml


def only(text: str, *, as_in_go: bool = False) -> Node:
    (node,) = parse_yaml(text, [], as_in_go=as_in_go)
    return node


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("0o14", 12),
        ("014", 14),
        ("0xC", 12),
        ("1_000", "1_000"),
        ("1:30:00", "1:30:00"),
        ("12:30", "12:30"),
        ("2026-01-21", "2026-01-21"),
        ("2026-01-21 12:30:00", "2026-01-21 12:30:00"),
        ("2026-01-21T12:30:00Z", "2026-01-21T12:30:00Z"),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        ("30d", "30d"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!float 1", 1.0),
        ("!!bool 'true'", True),
    ],
)
def test_a_word_means_what_yaml_1_2_says(word: str, value: object) -> None:
    read = only(f"key: {word}\n").plain()["key"]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("yes", True),
        ("No", False),
        ("ON", True),
        ("n", False),
        ("014", 12),
        ("1_000", 1000),
        ("0b11", 3),
        ("12", 12),
        ("checkout", "checkout"),
        ("2026-01-21", "2026-01-21"),
    ],
)
def test_read_as_in_go_a_word_means_what_yaml_1_1_says(word: str, value: object) -> None:
    assert only(f"key: {word}", as_in_go=True).plain() == {"key": value}


@pytest.mark.parametrize("word", [".inf", "-.Inf", ".nan", "1e999", "!!int x", "!thing 1"])
def test_a_value_that_json_cannot_hold_is_refused_at_its_place(word: str) -> None:
    with pytest.raises(UnreadableText) as caught:
        only(f"a: 1\nb: {word}\n")
    assert (caught.value.line, caught.value.column) == (2, 4)


def test_a_value_stands_where_its_key_stands_and_an_item_where_it_begins() -> None:
    node = only("spec:\n  objectives:\n    - displayName: x\n      target: 1.2\n    - target: 2\n")
    assert place(node, ("spec",)) == (1, 1)
    assert place(node, ("spec", "objectives", 0, "target")) == (4, 7)
    assert place(node, ("spec", "objectives", 1)) == (5, 7)


def test_the_place_of_something_absent_is_that_of_what_should_hold_it() -> None:
    node = only("spec:\n  objectives: []\n")
    assert place(node, ("spec", "objectives", 0, "target")) == (2, 3)
    assert place(node, ("spec", "service")) == (1, 1)


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_text_on_one_line_says_where_its_first_character_is(quote: str) -> None:
    node = only(f"query: {quote}status < 500{quote}\n").find(("query",))
    assert node.text_at == (1, 8 + len(quote))


@pytest.mark.parametrize("text", ["'it''s'", '"a\\tb"', "|\n  status < 500\n", ">-\n  a\n  b\n"])
def test_a_text_with_escapes_or_several_lines_does_not(text: str) -> None:
    assert only(f"query: {text}").find(("query",)).text_at is None


def test_a_key_that_is_there_twice_is_noted_and_the_last_one_counts() -> None:
    duplicates: list[Duplicate] = []
    (node,) = parse_yaml("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n", duplicates)
    assert node.plain() == {"a": 3, "b": {"c": 2}}
    assert duplicates == [Duplicate("c", 4, 3), Duplicate("a", 5, 1)]


def test_keys_are_texts_whatever_they_look_like() -> None:
    assert only("1: a\ntrue: b\nnull: c\n").plain() == {"1": "a", "true": "b", "null": "c"}


def test_a_list_or_mapping_cannot_be_a_key() -> None:
    with pytest.raises(UnreadableText, match="a key must be a text"):
        only("? [a, b]\n: 1\n")


def test_anchors_aliases_and_merges_are_followed() -> None:
    node = only(
        "base: &base {topic: a, format: json}\n"
        "more: &more {topic: b, idField: id}\n"
        "one: *base\n"
        "two:\n  <<: *base\n  topic: c\n"
        "three:\n  <<: [*base, *more]\n"
        "name: &name x\n"
        "*name : y\n"
    )
    plain = node.plain()
    assert plain["one"] == {"topic": "a", "format": "json"}
    assert plain["two"] == {"topic": "c", "format": "json"}
    assert plain["three"] == {"topic": "a", "format": "json", "idField": "id"}
    assert plain["x"] == "y"
    assert place(node, ("one",)) == (3, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: *nothing\n", "nothing is anchored as &nothing"),
        ("a: &a [*a]\n", "stands inside itself"),
        ("a: &x 1\n---\nb: *x\n", "nothing is anchored"),
        ("a:\n  <<: 1\n", "<< needs a mapping"),
    ],
)
def test_an_alias_that_leads_nowhere_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnreadableText, match=message):
        list(parse_yaml(text, []))


def test_aliases_of_aliases_cannot_grow_without_limit() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(UnreadableText, match="values, aliases included"):
        only("\n".join(lines))


def test_values_cannot_be_nested_without_limit() -> None:
    with pytest.raises(UnreadableText, match="nested more than"):
        only("[" * 5000 + "]" * 5000)


@pytest.mark.parametrize("text", ["a: b: c\n", "a: [1, 2\n", "\tx: 1\n", "a: 'x\n", "a: @x\n"])
def test_what_is_no_yaml_is_refused_with_a_place(text: str) -> None:
    with pytest.raises(UnreadableText) as caught:
        only(text)
    assert caught.value.line >= 1
    assert str(caught.value)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@,? \n\t0.~<\x00\x85", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        for node in parse_yaml(text, []):
            node.plain()
    except UnreadableText:
        pass


def place(node: Node, path: tuple[str | int, ...]) -> tuple[int, int]:
    found = node.find(path)
    return found.line, found.column


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("a: 1\n  b: 2", "is the line indented as those around it"),
        ("a:\n  - 1\n b: 2", "is the line indented as those around it"),
        ("a:\n\tb: 1", "indent with spaces"),
        ("a: {b: 'c, d: e}", "is a quote not closed"),
        ("a: {b: 1\nc: 2", "is a quote, a bracket or a brace not closed"),
        ("a: 1\nb\nc: 2", "is a colon missing"),
    ],
)
def test_what_the_parser_cannot_read_comes_with_advice(text: str, advice: str) -> None:
    with pytest.raises(UnreadableText, match=advice):
        list(parse_yaml(text, []))

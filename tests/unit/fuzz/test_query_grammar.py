"""A text is a query, or a QueryError that points into it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.definitions.query import parse_query
from shared.domain.errors import QueryError
from tests.unit.fuzz.mutation import mutated

SEEDS = [
    "service == 'checkout' && (status < 500 || has(error.code))",
    "!(method in ['GET', \"HEAD\", r'x\\d', 1, -2.5e3, 0x1F, true, null])",
    "path.matches('^/v[0-9]+/(a|b)*$') && route.startsWith('/pay') || ok",
    "500 <= status && duration_ms != null || !a.b.c && 'x' != name",
    "(" * 31 + "a" + ")" * 31,
    "true",
]
FRAGMENTS = [
    *("(", ")", "!", "!" * 40, "(" * 40, "&&", "||", "==", "=", "&", " in ", "[", "]", ",", "."),
    *("'", '"', "\\", r"\u12", r"\U0010ffff", r"\ud800", r"\x4", r"\777", "r'", "\n", "\r", "\x00"),
    *("0x", "1e999", "-" * 3, "9" * 400, "1e-999999999", ".5", "null", "true", "has(", "size(a)"),
    *(".matches('(a*)*')", ".matches('(?=a)')", ".matches('a{1000}{1000}')", ".matches('[')"),
    *("\u2028", "\ud800", "\U0001f600", "\x85", " or ", " and "),
]
TEXTS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from([*FRAGMENTS, "a", "1", " "]), max_size=20).map("".join),
    mutated(SEEDS, FRAGMENTS),
)


def judge(text: str) -> None:
    try:
        parse_query(text)
    except QueryError as error:
        must_point_into(text, error)


def must_point_into(text: str, error: QueryError) -> None:
    assert str(error)
    assert 0 <= error.position <= len(text)


@settings(max_examples=400)
@given(TEXTS)
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    judge(text)


@pytest.mark.soak
@settings(max_examples=12_000)
@given(TEXTS)
def test_many_more_texts(text: str) -> None:
    judge(text)

from typing import Any

import pytest

from shared.definitions.query import MAX_DEPTH, parse_query
from shared.definitions.query_syntax import MAX_LENGTH
from shared.domain.errors import QueryError
from shared.domain.evaluate import holds
from shared.domain.predicate import And, Compare, Has, Not, Op, Or, Truth

EVENT: dict[str, Any] = {
    "service": "checkout",
    "status": 200,
    "text": "200",
    "big": 2**60 + 1,
    "ratio": 0.5,
    "up": True,
    "down": False,
    "nothing": None,
    "route": "/pay/card",
    "tags": ["a"],
    "error": {"code": 7, "detail": {"kind": "late"}},
}


@pytest.mark.parametrize(
    "query",
    [
        "true",
        "up",
        "!down",
        "service == 'checkout'",
        'service == "checkout"',
        "'checkout' == service",
        "status == 200",
        "status == 200.0",
        "status != 500",
        "status < 500 && status >= 200",
        "500 > status",
        "0xC8 == status",
        "ratio == .5 && ratio > -1.5e3",
        f"big == {2**60 + 1}",
        f"big != {2**60}",
        "down == false",
        "down != true",
        "service > 'a' && service < 'd'",
        "service in ['cart', 'checkout',]",
        "missing in [1, null]",
        "has(service) && has(error.code) && has(tags)",
        "!has(missing) && !has(nothing) && !has(service.code)",
        "missing == null && nothing == null && service != null",
        "null == missing",
        "error.code == 7 && error.detail.kind == 'late'",
        "route.startsWith('/pay') && route.endsWith('card') && route.contains('y/c')",
        "route.matches('^/pay/[a-z]+$') && route.matches(r'\\w{4}') && route.matches('\\\\w')",
        "false || true && !(false)",
        "service == '\\u0063heckout' && service == '\\x63heckout' && service == '\\143heckout'",
        "((((up))))",
    ],
)
def test_a_query_that_is_met(query: str) -> None:
    assert holds(parse_query(query), EVENT)


@pytest.mark.parametrize(
    "query",
    [
        "false",
        "down",
        "missing",
        "nothing",
        "status",
        "service",
        "status == '200'",
        "text == 200",
        "status != '500'",
        "text < 500",
        "up == 1",
        "up != 1",
        "status == true",
        "missing == 1",
        "missing != 1",
        "nothing != 1",
        "missing < 1",
        f"big == {2**60}",
        "service != null && service == null",
        "service in []",
        "up in [1, 'true']",
        "status.startsWith('2')",
        "missing.contains('')",
        "tags == 'a'",
        "tags.contains('a')",
        "error == 7",
        "service.code == 'x'",
        "route.matches('^pay')",
    ],
)
def test_a_query_that_is_not_met(query: str) -> None:
    assert not holds(parse_query(query), EVENT)


def test_the_opposite_of_a_comparison_holds_when_the_field_is_missing() -> None:
    assert holds(parse_query("!(missing == 1)"), EVENT)


def test_and_binds_tighter_than_or() -> None:
    a, b, c = Truth(("a",)), Truth(("b",)), Truth(("c",))
    assert parse_query("a || b && c") == Or((a, And((b, c))))
    assert parse_query("(a || b) && c") == And((Or((a, b)), c))


def test_not_equal_to_null_asks_for_presence() -> None:
    assert parse_query("x != null") == Has(("x",))
    assert parse_query("x == null") == Not(Has(("x",)))


def test_names_that_begin_with_a_keyword_are_names() -> None:
    assert parse_query("intro.in.true == 1") == Compare(("intro", "in", "true"), Op.EQ, 1)


@pytest.mark.parametrize(
    ("query", "marked", "part"),
    [
        ("", "", "empty"),
        ("status == ", "", "ends too early"),
        ("(up", "", "ends too early"),
        ("status = 200", "= 200", "`==`"),
        ("up & down", "& down", "`&&`"),
        ("up and down", "and down", "`&&`"),
        ("up | down", "| down", "`||`"),
        ("service == 'checkout", "'checkout", "not closed"),
        ("up && status == text", "text", "two fields cannot be compared"),
        ("'status' < 500", "'status' < 500", "without quotes"),
        ("!up == 1", "!up == 1", "!(a == b)"),
        ("1 < status < 5", "< 5", "does not fit"),
        ("status < true", "true", "numbers or strings"),
        ("status < null", "null", "numbers or strings"),
        ("500", "500", "constant alone"),
        ("size(tags)", "size(tags)", "no function `size`"),
        ("size(tags) == 1", "size(tags) == 1", "only a field"),
        ("has('x')", "'x')", "name of a field"),
        ("route.like('x')", "like('x')", "startsWith"),
        ("route.contains(up)", "up)", "one string"),
        ("route.contains()", "contains()", "one string"),
        ("route.matches('(')", "'(')", "missing )"),
        (r"route.matches('\d')", r"\d')", "unknown escape"),
        (r"route == '\ud800'", r"\ud800'", "not a character"),
        ("status == 1e999", "1e999", "too large"),
        ("tags == ['a']", "['a']", "only after `in`"),
        ("'a' in tags", "tags", "`in` wants a field"),
        ("'a' in ['a']", "'a' in ['a']", "`in` wants a field"),
        ("up == 'half \ud800'", "\ud800'", "surrogate"),
    ],
)
def test_an_error_says_what_is_wrong_and_where(query: str, marked: str, part: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert part in str(caught.value)
    assert query[caught.value.position :] == marked


def test_length_and_depth_are_bounded() -> None:
    parse_query("!" * MAX_DEPTH + "up")
    parse_query("(" * 1_000 + "up" + ")" * 1_000)
    for query in ("!" * (MAX_DEPTH + 1) + "up", "!(up || " * 100 + "up" + ")" * 100):
        with pytest.raises(QueryError, match="nested deeper"):
            parse_query(query)
    with pytest.raises(QueryError, match="longer than"):
        parse_query(" " * MAX_LENGTH + "up")


def test_a_regular_expression_takes_linear_time() -> None:
    assert not holds(parse_query("x.matches('^(a+)+$')"), {"x": "a" * 50_000 + "b"})

"""A predicate is written as a query that means the same."""

import pytest

from shared.definitions.query import parse_query
from shared.definitions.query_text import write_query
from shared.domain.predicate import And, IsNumber


@pytest.mark.parametrize(
    "query",
    [
        "true",
        "service == 'checkout' && status < 500",
        "a == 1 || (b != 'x' && c >= -1.5)",
        "(a == 1 || b == 2) && !(c == 3)",
        "!(a == 1 && b == 2)",
        "status in [200, 'x', null, true]",
        "has(error.code) && !has(x)",
        "error == null",
        "!up && !route.startsWith('/a')",
        "route.matches('^/p[ay]+$')",
        "name == 'it\\'s a \\\\ and \\n'",
        "x == 1.0",
        "x == 1e+300",
    ],
)
def test_what_is_written_is_read_as_the_same(query: str) -> None:
    predicate = parse_query(query)
    written = write_query(predicate)
    assert repr(parse_query(written)) == repr(predicate)
    assert write_query(parse_query(written)) == written


def test_simple_queries_stay_as_they_are() -> None:
    for query in ("service == 'checkout' && status < 500", "!(a == 1)", "x == null"):
        assert write_query(parse_query(query)) == query


def test_that_a_field_is_a_number_is_said_in_words() -> None:
    assert (
        write_query(And((parse_query("a == 1"), IsNumber(("ms",))))) == "a == 1 && ms is a number"
    )

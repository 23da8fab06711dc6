"""The syntax of queries: the grammar is `query.lark`; what does not fit it is said in words."""

import re
from functools import cache
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput, UnexpectedToken

from shared.domain.errors import QueryError

MAX_LENGTH = 4_096  # characters

_SURROGATE = re.compile("[\ud800-\udfff]")
_HINTS = {
    "=": "compare with `==`",
    "&": "write `&&`",
    "|": "write `||`",
    "and": "write `&&`",
    "or": "write `||`",
    "not": "write `!`",
    "'": "the string is not closed",
    '"': "the string is not closed",
    "[": "a list stands only after `in`",
}


def syntax_tree(text: str) -> Tree[Token]:
    """Return the syntax tree of a query, or raise QueryError pointing at what does not fit."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"longer than {MAX_LENGTH:,} characters", text, MAX_LENGTH)
    half = _SURROGATE.search(text)
    if half:
        raise QueryError("half a character (a lone surrogate)", text, half.start())
    if not text.strip():
        raise QueryError("the query is empty; write `true` to count every event", text, 0)
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(error, text) from error


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("query.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _syntax_error(error: UnexpectedInput, text: str) -> QueryError:
    position = error.pos_in_stream or 0
    hint = None
    if isinstance(error, UnexpectedToken):
        if error.token.type == "$END":
            return QueryError("the query ends too early", text, len(text))
        found = str(error.token)
        if error.expected == {"LSQB"}:
            hint = "`in` wants a field before it and a list like ['a', 'b'] after it"
    else:
        found = text[position]
    hint = hint or _HINTS.get(found)
    message = f"`{found}` does not fit here" + (f": {hint}" if hint else "")
    return QueryError(message, text, position)

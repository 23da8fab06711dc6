"""What messages say about a wrong value or key: what it is, and what was likely meant."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

_ADVICE = (
    (
        "mapping values are not allowed",
        "is the line indented as those around it? quote a text with ': '",
    ),
    ("found character '\\t'", "indent with spaces, not with tabs"),
    ("expected <block end>", "is the line indented as those around it?"),
    ("could not find expected ':'", "is a colon missing, or the space after it?"),
    ("expected ',' or", "is a quote, a bracket or a brace not closed?"),
    ("found unexpected end of stream", "is a quote not closed?"),
)
"""What to do, by what the YAML parser's message has in it."""


def described(value: Any) -> str:
    """Return what a value is, in the words of a message."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return f"the text {value[:40]!r}"
        case _:
            return f"the number {value}"


def unknown_key(key: str, known: tuple[str, ...], below: str | None = None) -> str:
    """Return the message about a key that does not exist, with the likeliest one that does.

    `below` is the property that it belongs below, if it does.
    """
    if below is not None:
        return f"there is no {key!r} here; it belongs below {below!r}: indent it"
    if meant := nearest(key, known):
        return f"there is no {key!r} here; did you mean {meant!r}?"
    return f"there is no {key!r} here; known are {', '.join(known)}"


def none_named(kind: str, name: str, names: Sequence[str]) -> str:
    """Return the message about a definition that does not exist, with the likeliest that does."""
    meant = nearest(name, names)
    message = f"there is no {kind} named {name!r}"
    return f"{message}; did you mean {meant!r}?" if meant else message


def nearest(given: str, known: Sequence[str]) -> str | None:
    """Return the one of some words that is likely meant, whatever its case."""
    close = get_close_matches(given.lower(), [name.lower() for name in known], n=1, cutoff=0.6)
    return next((name for name in known if close and name.lower() == close[0]), None)


def expected(wanted: str, value: Any) -> str:
    """Return the message about a value of another type than the one that was wanted."""
    message = f"{wanted} was expected, not {described(value)}"
    if wanted == "a text" and not isinstance(value, dict | list):
        return f"{message}; put it in quotes"
    return message


def with_advice(problem: str) -> str:
    """Return what the parser says is wrong, with what people mostly have to do about it."""
    return next((f"{problem}; {advice}" for part, advice in _ADVICE if part in problem), problem)

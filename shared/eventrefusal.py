"""Why a record is no event: its size, its depth, and a second look at what did not decode."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import msgspec
import numpy as np

from shared.domain.errors import RejectedEvent
from shared.domain.reason import Reason

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
REFUSALS = (RejectedEvent, msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

Json = dict[str, Any]

_QUOTE, _BRACE, _BRACKET, _END_BRACE, _END_BRACKET = (ord(char) for char in '"{[}]')
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_LINES = re.compile(rb"\}[ \t\r]*\n\s*\{")  # in no JSON value: text cannot hold line ends
_ENDLESS = re.compile(r"\d{4301}")  # more digits than Python reads as a whole number


def openings(values: Sequence[bytes]) -> tuple[int, Callable[[], int]]:
    """Return how many brackets all rows open, and a function giving the most that one opens.

    Both are beyond any limit when some row is too large.
    """
    joined = b"".join(values)
    if len(joined) > MAX_BYTES and max(map(len, values)) > MAX_BYTES:
        return len(joined), lambda: MAX_DEPTH + 1
    letters = np.frombuffer(joined, np.uint8)
    opening = (letters == _BRACE) | (letters == _BRACKET)

    def most() -> int:
        ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))
        before = np.searchsorted(np.flatnonzero(opening), ends)
        return int(np.diff(before, prepend=0).max())

    return int(np.count_nonzero(opening)), most


def check_size(value: bytes) -> None:
    """Raise RejectedEvent when a record is larger than any event."""
    if len(value) > MAX_BYTES:
        raise RejectedEvent(Reason.TOO_LARGE, f"{len(value):,} bytes, at most {MAX_BYTES:,}")


def check_depth(value: bytes) -> None:
    """Raise RejectedEvent when a record is nested too deep.

    Brackets outside strings are followed at the speed of arrays: the text may be hostile.
    """
    if _opened(value) <= MAX_DEPTH:
        return
    letters = np.frombuffer(_ESCAPED.sub(b"", value), np.uint8)
    outside = np.cumsum(letters == _QUOTE) % 2 == 0
    step = ((letters == _BRACE) | (letters == _BRACKET)).astype(np.int64)
    step -= (letters == _END_BRACE) | (letters == _END_BRACKET)
    if np.cumsum(step * outside).max(initial=0) > MAX_DEPTH:
        raise RejectedEvent(Reason.TOO_DEEP, f"nested deeper than {MAX_DEPTH} levels")


def decode_in_use(
    decode: Callable[[bytes], Any],
    value: bytes,
    error: Exception,
    reduce: Callable[[Json], Json],
) -> tuple[Any, RejectedEvent | None]:
    """Decode what is in use of a record that was refused, or return why it is no event."""
    if isinstance(error, RejectedEvent):
        return None, error
    if type(error) is msgspec.DecodeError and _is_broken(value):
        return None, _not_json(value, error)
    try:
        return _decode_again(decode, value, reduce), None
    except RejectedEvent as refusal:
        return None, refusal


def _is_broken(value: bytes) -> bool:
    """Whether what msgspec calls malformed is: it says so of lone surrogates as well."""
    fits = len(value) <= MAX_BYTES and _opened(value) <= MAX_DEPTH
    return fits and not _SURROGATE.search(value)


def _not_json(value: bytes, error: Exception) -> RejectedEvent:
    if _LINES.search(value):
        advice = "the record holds several JSON lines: send every event as a record of its own"
        return RejectedEvent(Reason.NOT_JSON, advice)
    return RejectedEvent(Reason.NOT_JSON, f"not one JSON object: {error}")


def _opened(value: bytes) -> int:
    return value.count(b"{") + value.count(b"[")


def _decode_again(
    decode: Callable[[bytes], Any], value: bytes, reduce: Callable[[Json], Json]
) -> Any:
    parsed = _parse(value)
    try:
        return decode(json.dumps(reduce(parsed), ensure_ascii=False, allow_nan=False).encode())
    except UnicodeEncodeError as cause:
        raise RejectedEvent(Reason.BAD_TEXT, "a text in use is no valid Unicode") from cause
    except ValueError as cause:
        raise RejectedEvent(Reason.WRONG_TYPE, "a number in use is out of range") from cause


def _parse(value: bytes) -> Json:
    """Return all of a record, whatever its text is like, or raise why it is no object."""
    check_size(value)
    check_depth(value)
    text = value.decode("utf-8", "surrogateescape")
    whole = float if _ENDLESS.search(text) else None
    try:
        parsed = json.loads(text, parse_constant=_no_constant, parse_int=whole)
    except ValueError as cause:
        raise _not_json(value, cause) from cause
    if type(parsed) is not dict:
        raise RejectedEvent(Reason.NOT_AN_OBJECT, "the record is JSON, but no object")
    return parsed


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")

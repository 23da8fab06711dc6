"""When an event happened: every form of `ts`, one value at a time or a whole column at once.

RFC 3339 with a zone, or a number: seconds below 1e11, milliseconds from there on. The result is
in milliseconds since the epoch, fractions cut off. The column form is a shortcut: what it is not
sure about it leaves to `read_time`.
"""

import math
import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import RejectedEvent
from shared.domain.reason import Reason

FROM_MILLISECONDS = 10**11  # numbers from here on are milliseconds, below it seconds
_EXACT = 2.0**53  # whole numbers below it are exact in a float

_ENDLESS = 2**62
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400_000
_MINUTE = 60_000
_TEXT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))",
    re.ASCII,
)
_HEAD = 19  # characters of YYYY-MM-DDTHH:MM:SS
_DIGITS = np.array([0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18])
_MARKS = np.array([4, 7, 10, 13, 16])
_MARK_BYTES = np.frombuffer(b"--T::", np.uint8)
_PLACES = np.zeros((14, 4))  # date as YYYYMMDD, hour, minute, second
_PLACES[:8, 0] = 10.0 ** np.arange(7, -1, -1)
_PLACES[8:10, 1] = _PLACES[10:12, 2] = _PLACES[12:14, 3] = (10, 1)
_LIMITS = np.array([99_999_999, 23, 59, 59])
_MOST_LENGTHS = 16  # different lengths of text in a column that are worth a pass each

Times = NDArray[np.int64]
Flags = NDArray[np.bool_]


def read_time(value: object) -> int:
    """Return the milliseconds that a time field names, or raise RejectedEvent."""
    if type(value) is str:
        return _read_text(value)
    if type(value) is int:
        return value * 1_000 if abs(value) < FROM_MILLISECONDS else value
    if type(value) is float:
        return math.floor(value * 1_000 if abs(value) < FROM_MILLISECONDS else value)
    raise RejectedEvent(Reason.WRONG_TYPE, "the time is neither a string nor a number")


def _read_text(text: str) -> int:
    match = _TEXT.fullmatch(text)
    if match is None:
        raise RejectedEvent(Reason.BAD_TIME, f"{text[:40]!r} is not RFC 3339 with a zone")
    year, month, day, hour, minute, second = (int(part) for part in match.group(1, 2, 3, 4, 5, 6))
    fraction, sign = match.group(7, 8)
    days = _days(year * 10_000 + month * 100 + day)
    zone = 0
    if sign:
        zone = int(match[9]) * 60 + int(match[10])
        zone = -zone if sign == "-" else zone
    leap = second == 60 and (hour * 60 + minute - zone) % 1440 == 1439
    in_range = hour < 24 and minute < 60 and (second < 60 or leap)
    zone_in_range = not sign or (int(match[9]) < 24 and int(match[10]) < 60)
    if days is None or not in_range or not zone_in_range:
        raise RejectedEvent(Reason.BAD_TIME, f"{text[:40]!r} is no moment of the calendar")
    millis = int((fraction or "0").ljust(3, "0")[:3])
    return days * _DAY + (hour * 60 + minute - zone) * _MINUTE + second * 1_000 + millis


@lru_cache(maxsize=4_096)
def _days(day: int) -> int | None:
    """Return the days since the epoch of a date YYYYMMDD; None when there is no such day."""
    try:
        return date(day // 10_000, day // 100 % 100, day % 100).toordinal() - _EPOCH
    except ValueError:
        return None


def read_times(column: Sequence[object], record_ms: Times) -> tuple[Times, list[int]]:
    """Return the times of a column, and the rows whose field names none; these get 0.

    Missing ones (None) take the time of their record. Numbers without end become large ones.
    """
    millis, unsure = _by_kind(column, record_ms)
    invalid: list[int] = []
    for row in np.flatnonzero(unsure).tolist() if unsure.any() else ():
        try:
            millis[row] = min(max(read_time(column[row]), -_ENDLESS), _ENDLESS)
        except RejectedEvent:
            invalid.append(row)
            millis[row] = 0
    return np.clip(millis, -_ENDLESS, _ENDLESS), invalid


def _by_kind(column: Sequence[object], record_ms: Times) -> tuple[Times, Flags]:
    """Return the times that are sure, and which are not."""
    kinds = set(map(type, column))
    if len(kinds) == 1:
        return _of_one_kind(kinds.pop(), column, record_ms)
    millis, unsure = _no_idea(len(column))
    for kind in kinds:
        rows = [row for row, value in enumerate(column) if type(value) is kind]
        part = [column[row] for row in rows]
        millis[rows], unsure[rows] = _of_one_kind(kind, part, record_ms[rows])
    return millis, unsure


def _of_one_kind(kind: type, column: Sequence[object], record_ms: Times) -> tuple[Times, Flags]:
    if kind is type(None):
        return record_ms, np.zeros(len(column), np.bool_)
    if kind is int:
        return _whole_numbers(column)
    if kind is float:
        return _numbers(column)
    if kind is str:
        return _texts(cast(Sequence[str], column))
    return _no_idea(len(column))


def _no_idea(count: int) -> tuple[Times, Flags]:
    return np.zeros(count, np.int64), np.ones(count, np.bool_)


def _whole_numbers(column: Sequence[object]) -> tuple[Times, Flags]:
    try:
        numbers = np.fromiter(cast(Sequence[int], column), np.int64, len(column))
    except OverflowError:
        return _no_idea(len(column))
    in_seconds = (numbers < FROM_MILLISECONDS) & (numbers > -FROM_MILLISECONDS)
    if in_seconds.any():
        numbers = np.where(in_seconds, numbers * 1_000, numbers)
    return numbers, np.zeros(len(column), np.bool_)


def _numbers(column: Sequence[object]) -> tuple[Times, Flags]:
    numbers = np.fromiter(cast(Sequence[float], column), np.float64, len(column))
    size = np.abs(numbers)
    unsure = size >= _EXACT
    numbers *= np.where(size < FROM_MILLISECONDS, 1_000, 1)
    return np.floor(np.where(unsure, 0, numbers)).astype(np.int64), unsure


def _texts(column: Sequence[str]) -> tuple[Times, Flags]:
    lengths = list(map(len, column))
    distinct = set(lengths)
    if len(distinct) == 1:
        return _texts_of_one_length(column, distinct.pop())
    millis, unsure = _no_idea(len(column))
    if len(distinct) > _MOST_LENGTHS:
        return millis, unsure
    for length in distinct:
        rows = [row for row, other in enumerate(lengths) if other == length]
        part = [column[row] for row in rows]
        millis[rows], unsure[rows] = _texts_of_one_length(part, length)
    return millis, unsure


def _texts_of_one_length(column: Sequence[str], length: int) -> tuple[Times, Flags]:
    joined = "".join(column)
    if length <= _HEAD or not joined.isascii():
        return _no_idea(len(column))
    letters = np.frombuffer(joined.encode("ascii"), np.uint8).reshape(len(column), length)
    digits = letters[:, _DIGITS] - np.uint8(ord("0"))
    sure = (digits <= 9).all(axis=1) & (letters[:, _MARKS] == _MARK_BYTES).all(axis=1)
    parts = (digits @ _PLACES).astype(np.int64)
    sure &= (parts <= _LIMITS).all(axis=1)
    fraction_end, zone, zone_sure = _zones(letters)
    millis, fraction_sure = _fractions(letters[:, _HEAD:fraction_end])
    days, days_sure = _day_numbers(parts[:, 0])
    millis += days * _DAY + parts[:, 1] * (60 * _MINUTE) + parts[:, 2] * _MINUTE
    millis += parts[:, 3] * 1_000 - zone
    return millis, ~(sure & zone_sure & fraction_sure & days_sure)


def _zones(letters: NDArray[np.uint8]) -> tuple[int, Times, Flags]:
    """Return where fractions end, and of each row the zone in ms and whether it was readable."""
    count, length = letters.shape
    is_utc = letters[:, -1] == ord("Z")
    if is_utc.all() or length < _HEAD + 6:
        return length - 1, np.zeros(count, np.int64), is_utc
    digits = (letters[:, (-5, -4, -2, -1)] - np.uint8(ord("0"))).astype(np.int64)
    hours, minutes = digits[:, 0] * 10 + digits[:, 1], digits[:, 2] * 10 + digits[:, 3]
    sign = letters[:, -6]
    sure = (digits <= 9).all(axis=1) & (hours < 24) & (minutes < 60) & (letters[:, -3] == ord(":"))
    sure &= (sign == ord("+")) | (sign == ord("-"))
    size = (hours * 60 + minutes) * _MINUTE
    return length - 6, np.where(sign == ord("-"), -size, size), sure


def _fractions(letters: NDArray[np.uint8]) -> tuple[Times, Flags]:
    """Return the milliseconds of each row that `.123...` names; no letters name 0."""
    count, length = letters.shape
    if length == 0:
        return np.zeros(count, np.int64), np.ones(count, np.bool_)
    digits = letters[:, 1:] - np.uint8(ord("0"))
    sure = (letters[:, 0] == ord(".")) & (digits <= 9).all(axis=1) & (length > 1)
    places = np.array([100, 10, 1])[: digits.shape[1]]
    return digits[:, :3].astype(np.int64) @ places, sure


def _day_numbers(dates: Times) -> tuple[Times, Flags]:
    distinct, inverse = np.unique(dates, return_inverse=True)
    days = [_days(int(day)) for day in distinct]
    known = np.array([day is not None for day in days], np.bool_)
    return np.array([day or 0 for day in days], np.int64)[inverse], known[inverse]

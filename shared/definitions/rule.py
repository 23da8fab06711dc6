"""The rules that tables of properties are made of; each says what is wrong in plain words."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.definitions.keyword import not_both, one_given, whole
from shared.definitions.shape import Check, Finding, Keywords, Mode, StructCheck

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_DNS_LABEL_LONGEST = 63
_NAME = re.compile(r"[a-z0-9]([-.|/\\a-z0-9]*[a-z0-9])?")
_NAME_LONGEST = 255
_PERCENTS = (2, 100)  # a target from here on, and below, is meant as a percentage
_CIVIL_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d{1,2}:\d\d:\d\d)([.,]\d+)?", re.ASCII)


def dns_label(mode: Mode = Mode.BOTH) -> Check:
    """A name as RFC 1123 has it: what the reference tool accepts."""
    return _name_like(_DNS_LABEL, _DNS_LABEL_LONGEST, "lower case letters, digits and '-'", mode)


def long_name(mode: Mode = Mode.BOTH) -> Check:
    """A name as the specification encourages it: longer, and with dots, bars and slashes."""
    return _name_like(_NAME, _NAME_LONGEST, "lower case letters, digits and - . | / \\", mode)


def _name_like(pattern: re.Pattern[str], longest: int, allowed: str, mode: Mode) -> Check:
    def test(value: str) -> str | None:
        if not 1 <= len(value) <= longest:
            return f"{len(value)} characters; between 1 and {longest} are allowed"
        if not pattern.fullmatch(value):
            ends = "beginning and ending with a letter or digit"
            return f"{value!r} is no name: {allowed}, {ends}"
        return None

    return Check(test, mode, {"pattern": whole(pattern.pattern), "maxLength": longest})


def max_length(longest: int, mode: Mode = Mode.BOTH) -> Check:
    """A text of at most so many characters."""

    def test(value: str) -> str | None:
        if len(value) > longest:
            return f"{len(value)} characters; at most {longest} are allowed"
        return None

    return Check(test, mode, {"maxLength": longest})


def matches(pattern: str, message: str, mode: Mode = Mode.BOTH) -> Check:
    """A text that matches a regular expression as a whole."""
    compiled = re.compile(pattern)

    def test(value: str) -> str | None:
        return None if compiled.fullmatch(value) else f"{value!r} {message}"

    return Check(test, mode, {"pattern": whole(pattern)})


def one_of(*allowed: str, mode: Mode = Mode.BOTH) -> Check:
    """One of a few words."""

    def test(value: str) -> str | None:
        if value in allowed:
            return None
        return f"{value!r} is none of {', '.join(allowed)}"

    return Check(test, mode, {"enum": list(allowed)})


def none_of(*refused: str, because: str, mode: Mode = Mode.BOTH) -> Check:
    """None of a few words."""

    def test(value: str) -> str | None:
        return f"{value!r} {because}" if value in refused else None

    return Check(test, mode, {"not": {"enum": list(refused)}})


def at_least(least: float, mode: Mode = Mode.BOTH) -> Check:
    """A number not below a bound."""
    return _bound(lambda value: value >= least, f"is below {least:g}", mode, {"minimum": least})


def above(bound: float, mode: Mode = Mode.BOTH) -> Check:
    """A number greater than a bound."""
    schema = {"exclusiveMinimum": bound}
    return _bound(lambda value: value > bound, f"is not above {bound:g}", mode, schema)


def below(bound: float, mode: Mode = Mode.BOTH) -> Check:
    """A number less than a bound."""
    schema = {"exclusiveMaximum": bound}
    return _bound(lambda value: value < bound, f"is not below {bound:g}", mode, schema)


def share(mode: Mode = Mode.BOTH) -> Check:
    """A ratio below 1; what looks like a percentage is taken for one in the advice."""
    bound = below(1, mode)

    def test(value: float) -> str | None:
        message = bound.test(value)
        if message is None or not _PERCENTS[0] <= value < _PERCENTS[1]:
            return message
        return f"{message}; write {value / 100:.12g}, or targetPercent: {value:g}"

    return Check(test, mode, bound.schema)


def at_most(most: float, mode: Mode = Mode.BOTH) -> Check:
    """A number not above a bound."""
    return _bound(lambda value: value <= most, f"is above {most:g}", mode, {"maximum": most})


def _bound(holds: Callable[[float], bool], message: str, mode: Mode, schema: Keywords) -> Check:
    def test(value: float) -> str | None:
        return None if holds(value) else f"{value} {message}"

    return Check(test, mode, schema)


def items(least: int, most: int | None = None, mode: Mode = Mode.BOTH) -> Check:
    """A list (or object) with so many items."""
    wanted = f"exactly {least}" if least == most else f"at least {least}"

    def test(value: object) -> str | None:
        count = len(value) if isinstance(value, list | dict) else 0
        if count < least or (most is not None and count > most):
            return f"{count} {'entry' if count == 1 else 'entries'}; {wanted} must be given"
        return None

    limits = {"minItems": least}
    return Check(test, mode, limits if most is None else {**limits, "maxItems": most})


def civil_time(mode: Mode = Mode.BOTH) -> Check:
    """A date and time without zone, in the 24-hour form the specification shows."""

    def test(value: str) -> str | None:
        found = _CIVIL_TIME.fullmatch(value)
        try:
            if found:
                datetime.strptime(f"{found[1]} {found[2]}", "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - civil time
                return None
        except ValueError:
            pass
        return f"{value!r} is no time; write it like 2026-01-21 12:30:00"

    return Check(test, mode, {"pattern": whole(_CIVIL_TIME.pattern)})


def time_zone(mode: Mode = Mode.BOTH) -> Check:
    """A name in the IANA Time Zone Database."""

    def test(value: str) -> str | None:
        try:
            if value not in ("", "Local"):
                ZoneInfo(value)
                return None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
        return f"{value!r} is no time zone of the IANA database; write it like Europe/Berlin"

    return Check(test, mode, {"examples": ["UTC", "Europe/Berlin"]})


def exactly_one(*names: str, mode: Mode = Mode.BOTH) -> StructCheck:
    """Of these properties one and only one is given."""
    schema = one_given(*names)
    return StructCheck(lambda value: _exclusive(value, names, needed=True), mode, schema)


def at_most_one(*names: str, mode: Mode = Mode.BOTH) -> StructCheck:
    """Of these properties no two are given."""
    schema = not_both(*names)
    return StructCheck(lambda value: _exclusive(value, names, needed=False), mode, schema)


def _exclusive(
    value: Mapping[str, Any], names: tuple[str, ...], *, needed: bool
) -> Iterator[Finding]:
    present = [name for name in names if value.get(name) is not None]
    if len(present) > 1:
        yield Finding((), f"{' and '.join(present)} exclude each other; give one of them")
    if needed and not present:
        yield Finding((), f"one of {', '.join(names)} must be given")

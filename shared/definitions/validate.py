"""Applies the rules of a shape to a decoded definition."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.definitions.decode import INLINE_KEYS, scan_length
from shared.definitions.rule import dns_label, long_name
from shared.definitions.shape import (
    Anything,
    Check,
    Either,
    Field,
    Finding,
    Length,
    ListOf,
    MapOf,
    Mode,
    Shape,
    Struct,
    Switch,
    Text,
)
from shared.domain.duration import UNITS

MISSING = "is required, but missing or empty"

REFERENCE_CHECKS = (dns_label(Mode.STRICT), long_name(Mode.DEFAULT))
"""What the name in a reference must satisfy."""


def validate(value: Any, shape: Shape, mode: Mode) -> Iterator[Finding]:
    """Yield what is wrong with a value that has the form of its shape."""
    match shape:
        case Struct():
            yield from _struct(value or {}, shape, mode)
        case Either():
            yield from _either(value or {}, shape, mode)
        case ListOf():
            for position, item in enumerate(value or ()):
                yield from _below(validate(item, shape.item, mode), position)
        case MapOf():
            yield from _map(value or {}, shape, mode)
        case Length():
            if value is not None and mode is Mode.STRICT:
                yield from strict_length(value)
        case _:
            return


def strict_length(text: str) -> Iterator[Finding]:
    """Yield what the reference tool finds wrong with a duration that it could scan."""
    count, unit = scan_length(text) or (0, "")
    if not unit:
        yield Finding(("unit",), MISSING)
    elif unit not in list(UNITS):
        yield Finding(("unit",), f"{unit!r} is none of {', '.join(UNITS)}")
    if count < 0:
        yield Finding(("value",), f"{count} is below 0")


def is_zero(value: Any, shape: Shape) -> bool:
    """Whether Go would hold the zero value: nothing that the reference tool can see was given."""
    if value is None:
        return True
    match shape:
        case Struct():
            return all(_is_unset(value, field) for field in shape.fields)
        case Text() | Length():
            return bool(value == "")
        case Switch():
            return value is False
        case _:
            return bool(value == 0) if isinstance(value, int | float) else False


def _is_unset(value: Mapping[str, Any], field: Field) -> bool:
    if isinstance(field.shape, Anything):
        return field.name not in value
    given = value.get(field.name)
    return given is None if field.nullable else is_zero(given, field.shape)


def tested(value: Any, checks: Iterable[Check], mode: Mode) -> Iterator[str]:
    """Yield the message of each check that a value breaks."""
    for check in checks:
        if check.mode & mode and (message := check.test(value)) is not None:
            yield message


def _below(findings: Iterable[Finding], step: str | int) -> Iterator[Finding]:
    for finding in findings:
        yield finding.below(step)


def _struct(value: Mapping[str, Any], shape: Struct, mode: Mode) -> Iterator[Finding]:
    stops = shape.first_only and mode is Mode.STRICT
    for check in shape.checks:
        if not check.mode & mode:
            continue
        found = list(check.test(value))
        yield from found
        if found and stops:
            return
    for field in shape.fields:
        found = list(_field(value, field, mode))
        yield from found
        if found and stops:
            return


def _field(value: Mapping[str, Any], field: Field, mode: Mode) -> Iterator[Finding]:
    if not field.checked & mode:
        return
    given = value.get(field.name)
    empty = _is_unset(value, field)
    if empty and field.required & mode:
        yield Finding((field.name,), MISSING)
        return
    if empty and _is_skipped(given, field, mode):
        return
    if given is None and isinstance(field.shape, Text):
        given = ""
    for message in tested(given, field.checks, mode):
        yield Finding((field.name,), message)
    yield from _below(validate(given, field.shape, mode), field.name)


def _is_skipped(given: Any, field: Field, mode: Mode) -> bool:
    """Whether nothing is checked about an empty property."""
    if mode is Mode.DEFAULT:
        return given is None or field.omit_empty
    return field.nullable or field.omit_empty


def _map(value: Mapping[str, Any], shape: MapOf, mode: Mode) -> Iterator[Finding]:
    for key, item in value.items():
        message = next(tested(key, shape.keys, mode), None)
        if message is None and item is not None:
            message = next(tested(item, shape.values, mode), None)
        if message is not None:
            yield Finding((key,), message)
        yield from _below(validate(item, shape.item, mode), key)


def _either(value: Mapping[str, Any], shape: Either, mode: Mode) -> Iterator[Finding]:
    """Check a reference or a definition in place; which of them it is, its keys say."""
    refers = shape.reference in value
    inline = [key for key in INLINE_KEYS if key in value]
    if refers and inline:
        yield Finding((), f"{shape.reference} and {inline[0]} exclude each other; give one")
        if mode is Mode.STRICT:
            return
    if not refers and not inline:
        yield Finding((), f"{shape.reference} or spec must be given")
    if refers:
        yield from _reference(value[shape.reference], shape.reference, mode)
    if inline:
        yield from _struct(value, shape.inline, mode)


def _reference(name: str | None, key: str, mode: Mode) -> Iterator[Finding]:
    if not name:
        yield Finding((key,), MISSING)
        return
    for message in tested(name, REFERENCE_CHECKS, mode):
        yield Finding((key,), message)

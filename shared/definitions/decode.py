"""Checks that a definition has the form of its kind, and leaves out what has not.

What comes out can be read without looking at types again: every value has its type or is None,
and every key is known. In strict mode keys are found whatever their case, as Go's decoder does.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from shared.definitions.advice import described, expected, unknown_key
from shared.definitions.path import PropertyPath
from shared.definitions.shape import (
    Anything,
    Either,
    Finding,
    KindName,
    Length,
    ListOf,
    MapOf,
    Number,
    Shape,
    Struct,
    Switch,
    Text,
    Texts,
    Whole,
)
from shared.domain.duration import UNITS, parse_duration

KINDS = (
    "DataSource",
    "SLO",
    "SLI",
    "AlertPolicy",
    "AlertCondition",
    "AlertNotificationTarget",
    "Service",
)

INLINE_KEYS = ("kind", "metadata", "spec")
"""What a definition in place consists of, beside a reference."""

_TYPES: dict[type[Shape], tuple[Callable[[Any], bool], str]] = {
    Anything: (lambda _: True, "anything"),
    Text: (lambda value: isinstance(value, str), "a text"),
    Texts: (lambda value: is_texts(value), "a text or a list of texts"),
    Number: (lambda value: is_number(value), "a number"),
    Whole: (lambda value: is_number(value) and isinstance(value, int), "a whole number"),
    Switch: (lambda value: isinstance(value, bool), "true or false"),
}
"""What a scalar of each shape may be, and how a message calls it."""

_EMPTY_ENTRY = "is empty; give a value, or leave the entry out"
_SCANNED_LENGTH = re.compile(r"[^\S\n]*([+-]?[0-9]++)[^\S\n]*(\S+)")
_LARGEST_INTEGER = 2**63 - 1


def scan_length(text: str) -> tuple[int, str] | None:
    """Return number and unit as the reference tool scans them, which is leniently."""
    found = _SCANNED_LENGTH.match(text)
    if found is None or len(found[1]) > 20 or abs(int(found[1])) > _LARGEST_INTEGER:
        return None
    return int(found[1]), found[2]


class Decoder:
    """Decodes one document and collects what is wrong with its form."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self.findings: list[Finding] = []

    def decode(self, value: Any, shape: Shape, path: PropertyPath = ()) -> Any:
        """Return the value as its shape has it, None where it has another type."""
        if value is None:
            return None
        match shape:
            case Struct():
                known = tuple(field.name for field in shape.fields)
                shapes: dict[str, Shape] = {field.name: field.shape for field in shape.fields}
                return self._object(value, known, shapes, path)
            case Either():
                if isinstance(value, str):
                    self._wrong(path, f"write it as an object: {shape.reference}: {value}")
                    return None
                known = (shape.reference, *INLINE_KEYS)
                shapes = {field.name: field.shape for field in shape.inline.fields}
                shapes[shape.reference] = Text()
                return self._object(value, known, shapes, path)
            case ListOf():
                return self._list(value, shape, path)
            case MapOf():
                return self._map(value, shape, path)
            case _:
                return self._scalar(value, shape, path)

    def _wrong(self, path: PropertyPath, message: str) -> None:
        self.findings.append(Finding(path, message))

    def _object(
        self,
        value: Any,
        known: tuple[str, ...],
        shapes: Mapping[str, Shape],
        path: PropertyPath,
    ) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            self._wrong(path, f"an object was expected, not {described(value)}")
            return None
        decoded: dict[str, Any] = {}
        for key, item in value.items():
            name = key if key in shapes else self._known(key, known)
            if name is None:
                below = _holder_of(key, shapes)
                self._wrong((*path, key), unknown_key(key, known, below))
            else:
                decoded[name] = self.decode(item, shapes[name], (*path, name))
        return decoded

    def _known(self, key: str, known: tuple[str, ...]) -> str | None:
        if not self._strict:
            return None
        return next((name for name in known if name.casefold() == key.casefold()), None)

    def _list(self, value: Any, shape: ListOf, path: PropertyPath) -> list[Any] | None:
        if not isinstance(value, list):
            self._wrong(path, f"a list was expected, not {described(value)}")
            return None
        if not self._strict and not isinstance(shape.item, Struct | Either):
            for position in (at for at, item in enumerate(value) if item is None):
                self._wrong((*path, position), _EMPTY_ENTRY)
        return [
            self.decode(item, shape.item, (*path, position)) for position, item in enumerate(value)
        ]

    def _map(self, value: Any, shape: MapOf, path: PropertyPath) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            self._wrong(path, f"an object was expected, not {described(value)}")
            return None
        return {key: self.decode(item, shape.item, (*path, key)) for key, item in value.items()}

    def _scalar(self, value: Any, shape: Shape, path: PropertyPath) -> Any:
        problem = self._problem(value, shape)
        if problem is None:
            return value
        if isinstance(shape, Texts) and isinstance(value, list) and not self._strict:
            for position, item in enumerate(value):
                if not isinstance(item, str):
                    message = _EMPTY_ENTRY if item is None else expected("a text", item)
                    self._wrong((*path, position), message)
        else:
            self._wrong(path, problem)
        return None

    def _problem(self, value: Any, shape: Shape) -> str | None:
        if isinstance(shape, Length):
            return self._length_problem(value, shape)
        if isinstance(shape, KindName):
            return None if value in KINDS else f"{value!r} is none of {', '.join(KINDS)}"
        is_right, wanted = _TYPES[type(shape)]
        return None if is_right(value) else expected(wanted, value)

    def _length_problem(self, value: Any, shape: Length) -> str | None:
        if self._strict:
            scanned = isinstance(value, str) and (value == "" or scan_length(value) is not None)
            return None if scanned else f"{value!r} is no duration such as 5m or 30d"
        if shape.minutes and is_number(value):
            return None if value > 0 else f"{value} minutes are no length of time"
        duration = parse_duration(value) if isinstance(value, str) else None
        if duration is None:
            return f"{value!r} is no duration: a whole number and one of {', '.join(UNITS)}"
        if duration.count == 0 and not shape.zero:
            return f"{value!r} is no length of time"
        return None


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_texts(value: Any) -> bool:
    """Whether a value is a text or a list of texts."""
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, str)


def _holder_of(key: str, shapes: Mapping[str, Shape]) -> str | None:
    """Return the property that may hold a key, where it is indented too little."""
    for name, shape in shapes.items():
        if isinstance(shape, Struct) and any(field.name == key for field in shape.fields):
            return name
    return None

"""The form of a definition as data: properties, their types, and what must hold for them.

One table serves both ways of checking. The strict mode gives the verdict of the reference tool,
whose rules act on Go's zero values; hence `nullable` (a Go pointer) and `omit_empty`.
"""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.definitions.path import PropertyPath

Keywords = Mapping[str, Any]
"""A piece of JSON Schema."""


class Mode(enum.Flag):
    """In which way of checking a rule applies."""

    NEVER = 0
    STRICT = enum.auto()
    DEFAULT = enum.auto()
    BOTH = STRICT | DEFAULT


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a property of one document."""

    path: PropertyPath
    message: str

    def below(self, *steps: str | int) -> "Finding":
        """Return the same finding seen from further up."""
        return Finding((*steps, *self.path), self.message)


@dataclass(frozen=True, slots=True)
class Check:
    """A rule for one value: `test` says what is wrong, or nothing; `schema` the same, if it can."""

    test: Callable[[Any], str | None]
    mode: Mode = Mode.BOTH
    schema: Keywords = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StructCheck:
    """A rule over several properties of an object; `schema` says the same, if it can."""

    test: Callable[[Mapping[str, Any]], Iterable[Finding]]
    mode: Mode = Mode.BOTH
    schema: Keywords = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number."""


@dataclass(frozen=True, slots=True)
class Switch:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A text, or a list of texts."""


@dataclass(frozen=True, slots=True)
class KindName:
    """The name of a kind that exists."""


@dataclass(frozen=True, slots=True)
class Anything:
    """Any value at all."""


@dataclass(frozen=True, slots=True)
class Length:
    """A duration such as 5m; `minutes` when a bare number of minutes is tolerated by default."""

    minutes: bool = False
    zero: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one shape."""

    item: "Shape"


@dataclass(frozen=True, slots=True)
class MapOf:
    """An object with free keys; the first of `keys` that a key breaks is reported."""

    item: "Shape"
    keys: tuple[Check, ...] = ()
    values: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A property of an object; `checked` is when more than its form is looked at."""

    name: str
    shape: "Shape"
    required: Mode = Mode.NEVER
    nullable: bool = False
    omit_empty: bool = False
    checked: Mode = Mode.BOTH
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Struct:
    """An object with known properties.

    With `first_only` the reference tool stops at the first rule or property that is broken.
    """

    fields: tuple[Field, ...]
    checks: tuple[StructCheck, ...] = ()
    first_only: bool = False


@dataclass(frozen=True, slots=True)
class Either:
    """A reference to a definition, or the definition itself in place."""

    reference: str
    kind: str
    inline: Struct


Shape = (
    Text
    | Number
    | Whole
    | Switch
    | Texts
    | KindName
    | Anything
    | Length
    | ListOf
    | MapOf
    | Struct
    | Either
)

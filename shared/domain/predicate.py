"""What a query means: a tree of conditions over the fields of one event.

The text form is parsed by `shared.definitions.query`. A comparison with a missing field or
between different types is false; `true` is not a number. `x == null` holds for missing and
for null.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

Path = tuple[str, ...]
Value = str | int | float | bool | None


class Op(StrEnum):
    """How a field is compared with a constant."""

    EQ = "=="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class TextOp(StrEnum):
    """How a text field is searched."""

    STARTS_WITH = "startsWith"
    ENDS_WITH = "endsWith"
    CONTAINS = "contains"
    MATCHES = "matches"


class Pattern(Protocol):
    """A compiled linear-time regular expression."""

    def search(self, text: str) -> object | None: ...


@dataclass(frozen=True, slots=True)
class Constant:
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """A field against a constant."""

    path: Path
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class In:
    """A field is one of these constants."""

    path: Path
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Has:
    """A field is present and not null."""

    path: Path


@dataclass(frozen=True, slots=True)
class IsNumber:
    """A field is a JSON number (not a boolean); threshold indicators need it."""

    path: Path


@dataclass(frozen=True, slots=True)
class Truth:
    """A field is JSON `true`."""

    path: Path


@dataclass(frozen=True, slots=True)
class TextTest:
    """A text field starts with, ends with, contains or matches `text`."""

    path: Path
    op: TextOp
    text: str
    pattern: Pattern | None = field(default=None, compare=False, repr=False)  # for MATCHES


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: "Predicate"


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    parts: tuple["Predicate", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    parts: tuple["Predicate", ...]


Atom = Compare | In | Has | IsNumber | Truth | TextTest
Predicate = Constant | Atom | Not | And | Or

EVERYTHING = Constant(value=True)


def atoms(predicate: Predicate) -> Iterator[Atom]:
    """Yield every condition on a single field, in the order written."""
    match predicate:
        case Constant():
            return
        case Not(part):
            yield from atoms(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from atoms(part)
        case _:
            yield predicate

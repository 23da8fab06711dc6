"""A value in a text together with where it stands: what both YAML and JSON are read into."""

from dataclasses import dataclass
from typing import Any

from shared.definitions.path import PropertyPath
from shared.domain.errors import LeewayError

MAX_DEPTH = 64
"""How deeply values may be nested in a definition."""

MAX_VALUES = 2_000_000
"""How many values one file may hold, aliases expanded: ten aliases of ten aliases grow fast."""


class UnreadableText(LeewayError):
    """A text is not YAML or JSON; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key that an object has twice, where it stands for the second time; the last one counts."""

    key: str
    line: int
    column: int


class Node:
    """A scalar, a list or a mapping, and the place where it (or its key) begins.

    `text_at` is where the first character of a text stands, for texts written on one line
    without escapes: the only ones in which a position can be pointed at.
    """

    __slots__ = ("column", "line", "size", "text_at", "value")

    def __init__(
        self,
        value: Any,
        line: int,
        column: int,
        *,
        size: int = 1,
        text_at: tuple[int, int] | None = None,
    ) -> None:
        self.value = value
        self.line = line
        self.column = column
        self.size = size
        self.text_at = text_at

    def at(self, line: int, column: int) -> "Node":
        """Return the same value at another place: a value stands where its key stands."""
        return Node(self.value, line, column, size=self.size, text_at=self.text_at)

    def plain(self) -> Any:
        """Return the value as plain JSON."""
        value = self.value
        if isinstance(value, dict):
            return {key: child.plain() for key, child in value.items()}
        if isinstance(value, list):
            return [child.plain() for child in value]
        return value

    def find(self, path: PropertyPath) -> "Node":
        """Return the node at a path, or the nearest one above it that exists."""
        node = self
        for step in path:
            value = node.value
            if isinstance(step, int):
                if not isinstance(value, list) or step >= len(value):
                    break
                node = value[step]
            elif isinstance(value, dict) and step in value:
                node = value[step]
            else:
                break
        return node

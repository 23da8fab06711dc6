"""Writes definitions as people might: keys in any order, comments and braces anywhere."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

_PLAIN = ("true", "1", "0.5", "text", "yes")


class Scribbler:
    """Writes plain JSON values as YAML; every comment is different from all others."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._comments = 0

    def document(self, body: dict[str, Any]) -> str:
        return "\n".join([*self._above(0), *self._mapping(body, 0), *self._above(0)]) + "\n"

    def _mapping(self, value: dict[str, Any], depth: int) -> Iterator[str]:
        keys = self._draw(st.permutations(sorted(value)))
        for number, key in enumerate(keys):
            yield from self._above(depth) if number else ()
            yield from self._property(key, value[key], depth)

    def _property(self, key: str, value: Any, depth: int) -> Iterator[str]:
        start = " " * depth + f"{key}:"
        if self._is_block(value):
            yield start + self._beside()
            inner = depth + self._draw(st.sampled_from([2, 4]))
            if isinstance(value, dict):
                yield from self._above(inner)
                yield from self._mapping(value, inner)
            else:
                yield from self._items(value, depth + self._draw(st.sampled_from([0, 2])))
        elif isinstance(value, str) and "\n" in value:
            yield f"{start} |-"
            yield from (" " * (depth + 2) + line for line in value.split("\n"))
        else:
            yield f"{start} {self._flow(value)}{self._beside()}"

    def _items(self, value: list[Any], depth: int) -> Iterator[str]:
        for item in value:
            yield from self._above(depth)
            if self._is_block(item) and isinstance(item, dict):
                first, *rest = self._mapping(item, depth + 2)
                yield " " * depth + "- " + first[depth + 2 :]
                yield from rest
            else:
                yield " " * depth + f"- {self._flow(item)}{self._beside()}"

    def _is_block(self, value: Any) -> bool:
        return isinstance(value, dict | list) and bool(value) and self._draw(st.booleans())

    def _flow(self, value: Any) -> str:
        match value:
            case dict():
                keys = self._draw(st.permutations(sorted(value)))
                return "{" + ", ".join(f"{key}: {self._flow(value[key])}" for key in keys) + "}"
            case list():
                return "[" + ", ".join(self._flow(item) for item in value) + "]"
            case str() if value.isidentifier() and value not in _PLAIN and self._maybe():
                return value
            case _:
                return json.dumps(value)

    def _maybe(self) -> bool:
        return self._draw(st.booleans())

    def _above(self, depth: int) -> list[str]:
        kind = self._draw(st.sampled_from(["", "", "comment", "blank", "both"]))
        blank = [""] if kind in ("blank", "both") else []
        return blank + ([" " * depth + self._comment()] if kind in ("comment", "both") else [])

    def _beside(self) -> str:
        return "  " + self._comment() if self._draw(st.integers(0, 4)) == 0 else ""

    def _comment(self) -> str:
        self._comments += 1
        return f"# comment {self._comments}: {{or}} - not"

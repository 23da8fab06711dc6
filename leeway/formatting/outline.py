"""Where the parts of a YAML text stand: lines and columns of keys, values and items, from 0."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

_WRITTEN_INDENT = re.compile(r"[|>][-+]?[1-9]")  # then the first line may be indented more


@dataclass(slots=True)
class Part:
    """A value: a scalar, or a collection with what it holds; `last` is its last line.

    `key` is the text of the key before it, where `line` and `column` are those of the key.
    """

    line: int
    column: int
    last: int
    key: str | None = None
    text: str | None = None
    is_mapping: bool = False
    is_block: bool = False
    is_empty: bool = False
    parts: list["Part"] = field(default_factory=list)

    def value_of(self, key: str) -> str | None:
        """Return the text of a scalar that this mapping holds."""
        return next((part.text for part in self.parts if part.key == key), None)


@dataclass(slots=True)
class Outline:
    """The documents of a text; `masked` are the lines with everything but comments blanked.

    A text with anchors is not movable: what an alias means depends on what stands before it. Nor
    is one with empty items in a list, for nothing says where these are.
    """

    documents: list[Part]
    is_movable: bool
    masked: list[str]


@lru_cache(maxsize=4)
def outline_of(text: str) -> Outline:
    """Return the outline of a text that the definition reader could read.

    Kept for the last few texts: one that is formatted already is asked about several times.
    """
    return _Outliner(text).whole()


class _Outliner:
    """Follows the parser's events through a text."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._masked = text.split("\n")
        self._is_movable = True
        self._events: Iterator[Any] = iter(YAML(typ="safe", pure=True).parse(text))

    def whole(self) -> Outline:
        documents = [
            self._part(next(self._events), -1)
            for event in self._events
            if isinstance(event, DocumentStartEvent)
        ]
        return Outline(documents, self._is_movable, self._masked)

    def _part(self, event: Any, indent: int) -> Part:
        line, column = event.start_mark.line, event.start_mark.column
        self._is_movable &= not isinstance(event, AliasEvent) and event.anchor is None
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, line, column, indent)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, line, column, indent)
        last = event.end_mark.line
        if isinstance(event, ScalarEvent) and event.style in ("|", ">"):
            header = self._lines[line][column:]
            has_indent = _WRITTEN_INDENT.match(header) is not None
            last = self._end_of_block(line, indent, has_indent=has_indent)
            self._mask_lines(line + 1, last)
        else:
            self._mask(event)
        empty = event.start_mark.index == event.end_mark.index
        return Part(line, column, last, text=getattr(event, "value", None), is_empty=empty)

    def _mapping(self, event: Any, line: int, column: int, indent: int) -> Part:
        part = Part(line, column, line, is_mapping=True, is_block=not event.flow_style)
        inner = column if part.is_block else indent
        while not isinstance(following := next(self._events), MappingEndEvent):
            key = self._part(following, inner)
            value = self._part(next(self._events), inner)
            value.key = key.text
            value.last = key.last if value.is_empty else max(key.last, value.last)
            value.line, value.column = key.line, key.column
            part.parts.append(value)
        return self._ended(part, following)

    def _sequence(self, event: Any, line: int, column: int, indent: int) -> Part:
        part = Part(line, column, line, is_block=not event.flow_style)
        inner = column if part.is_block else indent
        while not isinstance(following := next(self._events), SequenceEndEvent):
            item = self._part(following, inner)
            self._is_movable &= not item.is_empty
            part.parts.append(item)
        return self._ended(part, following)

    def _ended(self, part: Part, event: Any) -> Part:
        ends = [inner.last for inner in part.parts]
        part.last = max([part.last, *ends]) if part.is_block else event.end_mark.line
        return part

    def _end_of_block(self, line: int, indent: int, *, has_indent: bool) -> int:
        """Return the last line of a block scalar: what follows it is indented less."""
        last, least = line, indent + 1
        for number in range(line + 1, len(self._lines)):
            text = self._lines[number]
            if text.strip():
                depth = len(text) - len(text.lstrip(" "))
                if depth < least:
                    break
                least = depth if last == line and not has_indent else least
                last = number
        return last

    def _mask(self, event: Any) -> None:
        start, end = event.start_mark, event.end_mark
        if start.line == end.line:
            self._blank(start.line, start.column, end.column)
            return
        self._blank(start.line, start.column, None)
        self._mask_lines(start.line + 1, end.line - 1)
        self._blank(end.line, 0, end.column)

    def _mask_lines(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            self._masked[number] = "x" * max(len(self._masked[number]), 1)

    def _blank(self, number: int, start: int, end: int | None) -> None:
        text = self._masked[number]
        stop = len(text) if end is None else end
        self._masked[number] = text[:start] + "x" * (stop - start) + text[stop:]

"""Reads YAML into nodes with positions, out of the parser's events.

Building on events keeps three things in our hands: duplicate keys are errors, words mean what
YAML 1.2 says, and aliases cannot grow without limit.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from shared.definitions.advice import with_advice
from shared.definitions.node import MAX_DEPTH, MAX_VALUES, Duplicate, Node, UnreadableText
from shared.definitions.scalar import Scalar, finite, plain_scalar, plain_scalar_as_in_go

_TAG = "tag:yaml.org,2002:"
_MERGE = "<<"


def parse_yaml(text: str, duplicates: list[Duplicate], *, as_in_go: bool = False) -> Iterator[Node]:
    """Yield the documents of a YAML stream, noting keys that are there twice.

    `as_in_go`: unquoted words mean what they mean in YAML 1.1. Raises UnreadableText.
    """
    meaning = plain_scalar_as_in_go if as_in_go else plain_scalar
    events = iter(YAML(typ="safe", pure=True).parse(text))
    try:
        for event in events:
            if isinstance(event, DocumentStartEvent):
                yield _Composer(events, duplicates, meaning).document()
            elif isinstance(event, StreamEndEvent):
                return
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise UnreadableText(with_advice(error.problem or str(error)), line, column) from error
    except YAMLError as error:
        raise UnreadableText(str(error).splitlines()[0], 0, 0) from error


class _Composer:
    """Composes one document; anchors end with it."""

    def __init__(
        self,
        events: Iterator[Any],
        duplicates: list[Duplicate],
        meaning: Callable[[str], Scalar],
    ) -> None:
        self._events = events
        self._duplicates = duplicates
        self._meaning = meaning
        self._anchors: dict[str, Node | None] = {}
        self._depth = 0

    def document(self) -> Node:
        return self._node(next(self._events))

    def _node(self, event: Any) -> Node:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if isinstance(event, AliasEvent):
            return self._alias(event, line, column)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        if isinstance(event, ScalarEvent):
            node = self._scalar(event, line, column)
        else:
            node = self._collection(event, line, column)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, line: int, column: int) -> Node:
        if event.anchor not in self._anchors:
            raise UnreadableText(f"nothing is anchored as &{event.anchor}", line, column)
        node = self._anchors[event.anchor]
        if node is None:
            raise UnreadableText(f"*{event.anchor} stands inside itself", line, column)
        return node.at(line, column)

    def _collection(self, event: Any, line: int, column: int) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnreadableText(f"nested more than {MAX_DEPTH} deep", line, column)
        if isinstance(event, SequenceStartEvent):
            node = self._sequence(line, column)
        elif isinstance(event, MappingStartEvent):
            node = self._mapping(line, column)
        else:
            raise UnreadableText("a value was expected", line, column)
        self._depth -= 1
        if node.size > MAX_VALUES:
            raise UnreadableText(f"more than {MAX_VALUES} values, aliases included", line, column)
        return node

    def _sequence(self, line: int, column: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event))
        return Node(items, line, column, size=1 + sum(item.size for item in items))

    def _mapping(self, line: int, column: int) -> Node:
        items: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        size = 1
        while not isinstance(event := next(self._events), MappingEndEvent):
            key_line, key_column = event.start_mark.line + 1, event.start_mark.column + 1
            key, is_merge = self._key(event)
            value = self._node(next(self._events))
            size += value.size
            if is_merge:
                merged = _merge(value, key_line, key_column) | merged
                continue
            if key in items:
                self._duplicates.append(Duplicate(key, key_line, key_column))
            items[key] = value.at(key_line, key_column)
        return Node(merged | items if merged else items, line, column, size=size)

    def _key(self, event: Any) -> tuple[str, bool]:
        if isinstance(event, AliasEvent):
            node = self._node(event)
            if isinstance(node.value, str):
                return node.value, False
        elif isinstance(event, ScalarEvent):
            if event.anchor is not None:
                self._anchors[event.anchor] = self._scalar(event, 0, 0)
            return event.value, event.value == _MERGE and bool(event.implicit[0])
        mark = event.start_mark
        raise UnreadableText("a key must be a text", mark.line + 1, mark.column + 1)

    def _scalar(self, event: Any, line: int, column: int) -> Node:
        text: str = event.value
        plain, _ = event.implicit
        try:
            value = self._meaning(text) if plain else _tagged(event)
        except ValueError as error:
            raise UnreadableText(str(error), line, column) from error
        return Node(value, line, column, text_at=_text_at(event, text))


def _merge(node: Node, line: int, column: int) -> dict[str, Node]:
    """Return what `<<` brings in: of several mappings, the first that has a key wins."""
    sources = node.value if isinstance(node.value, list) else [node]
    merged: dict[str, Node] = {}
    for source in sources:
        if not isinstance(source.value, dict):
            raise UnreadableText("<< needs a mapping, or a list of mappings", line, column)
        merged = source.value | merged
    return merged


def _tagged(event: Any) -> Scalar:
    text: str = event.value
    tag = str(event.tag) if event.tag is not None else f"{_TAG}str"
    if tag in ("!", f"{_TAG}str"):
        return text
    if tag == f"{_TAG}float":
        return finite(text)
    value = plain_scalar(text)
    wanted = {f"{_TAG}int": int, f"{_TAG}bool": bool, f"{_TAG}null": type(None)}
    if tag not in wanted:
        raise ValueError(f"the tag {tag} means nothing here")
    if type(value) is not wanted[tag]:
        raise ValueError(f"{text!r} is not what its tag says")
    return value


def _text_at(event: Any, text: str) -> tuple[int, int] | None:
    start, end = event.start_mark, event.end_mark
    if start.line != end.line or event.style not in (None, "", "'", '"'):
        return None
    quotes = 1 if event.style in ("'", '"') else 0
    if end.column - start.column != len(text) + 2 * quotes:
        return None
    return start.line + 1, start.column + 1 + quotes

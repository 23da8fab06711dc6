"""Reads JSON into nodes with positions."""

import json
import re
from bisect import bisect_right

from shared.definitions.node import MAX_DEPTH, Duplicate, Node, UnreadableText

_SPACE = re.compile(r"[ \t\r\n]*")
_WORDS = {"true": True, "false": False, "null": None}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = 400


def parse_json(text: str, duplicates: list[Duplicate]) -> Node:
    """Return the one value of a JSON text, noting keys that are there twice.

    Raises UnreadableText.
    """
    return _JsonText(text, duplicates).whole()


class _JsonText:
    """A JSON text and how far it was read."""

    def __init__(self, text: str, duplicates: list[Duplicate]) -> None:
        self._text = text
        self._duplicates = duplicates
        self._at = 0
        self._depth = 0
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self._decoder = json.JSONDecoder()

    def whole(self) -> Node:
        node = self._value()
        self._skip()
        if self._at < len(self._text):
            raise self._error("there is more after the end of the value")
        return node

    def _place(self, at: int) -> tuple[int, int]:
        line = bisect_right(self._lines, at)
        return line, at - self._lines[line - 1] + 1

    def _error(self, message: str) -> UnreadableText:
        return UnreadableText(message, *self._place(self._at))

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        if found:
            self._at = found.end()

    def _peek(self) -> str:
        self._skip()
        return self._text[self._at : self._at + 1]

    def _value(self) -> Node:
        match self._peek():
            case "{":
                return self._nested("}")
            case "[":
                return self._nested("]")
            case '"':
                return self._string()
            case "":
                raise self._error("the text ends where a value was expected")
            case _:
                return self._word_or_number()

    def _nested(self, closing: str) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep")
        place = self._place(self._at)
        self._at += 1
        items: dict[str, Node] = {}
        values: list[Node] = []
        while self._peek() != closing or values or items:
            if closing == "}":
                self._pair(items)
            else:
                values.append(self._value())
            if self._peek() == closing:
                break
            self._expect(",")
        self._at += 1
        self._depth -= 1
        return Node(items if closing == "}" else values, *place)

    def _pair(self, items: dict[str, Node]) -> None:
        if self._peek() != '"':
            raise self._error("a key in double quotes was expected")
        key = self._string()
        if key.value in items:
            self._duplicates.append(Duplicate(key.value, key.line, key.column))
        self._expect(":")
        items[key.value] = self._value().at(key.line, key.column)

    def _expect(self, sign: str) -> None:
        if self._peek() != sign:
            raise self._error(f"{sign!r} was expected")
        self._at += 1

    def _string(self) -> Node:
        start = self._at
        line, column = self._place(start)
        try:
            value, self._at = self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            self._at = error.pos
            raise self._error(error.msg.lower()) from error
        unescaped = self._at - start == len(value) + 2
        return Node(value, line, column, text_at=(line, column + 1) if unescaped else None)

    def _word_or_number(self) -> Node:
        line, column = self._place(self._at)
        for word, value in _WORDS.items():
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return Node(value, line, column)
        found = _NUMBER.match(self._text, self._at)
        if not found:
            raise self._error("a value was expected")
        text = found[0]
        if len(text) > _LONGEST_NUMBER:  # Python refuses to read far longer ones
            raise self._error("the number is too large")
        number = int(text) if not found[1] and not found[2] else float(text)
        if number in (float("inf"), float("-inf")):
            raise self._error("the number is too large")
        self._at = found.end()
        return Node(number, line, column)

"""Brings the keys of YAML blocks into order by moving whole lines, comments above them included.

The YAML library ties a comment to what stands before it; moving lines keeps it with its key.
"""

from dataclasses import dataclass

from leeway.formatting.order import child_of, in_order, item_of, shape_of
from leeway.formatting.outline import Part, outline_of
from shared.definitions.shape import Shape


@dataclass(frozen=True, slots=True)
class _Entry:
    """The lines of a key with its value, comments above it first, and how many these are."""

    lines: list[str]
    above: int


def ordered(text: str) -> str:
    """Return a text with the keys of all block mappings in their canonical order."""
    outline = outline_of(text)
    if not outline.is_movable:
        return text
    blocks = _Blocks(text.split("\n"), outline.masked)
    for document in outline.documents:
        for part in [document] if document.is_mapping else document.parts:
            if part.is_mapping:
                shape = shape_of(part.value_of("apiVersion"), part.value_of("kind"))
                blocks.arrange(part, shape, part.line)
    return "\n".join(blocks.lines)


class _Blocks:
    """The lines of a text; every arrangement keeps a mapping within the lines it has."""

    def __init__(self, lines: list[str], masked: list[str]) -> None:
        self.lines = lines
        self._masked = masked

    def arrange(self, part: Part, shape: Shape | None, floor: int) -> None:
        """Order a value and all it holds; comments from line `floor` on may belong to it."""
        if not part.is_block:
            return
        if not part.is_mapping:
            for item in part.parts:
                self.arrange(item, item_of(shape), item.line)
            return
        starts = self._starts(part, floor)
        for value in part.parts:
            self.arrange_value(value, child_of(shape, value.key or ""))
        if starts is not None:
            self._sort(part, shape, starts)

    def arrange_value(self, value: Part, shape: Shape | None) -> None:
        """Order the value of a key, which begins on the line of its key or below."""
        self.arrange(value, shape, value.line + 1)

    def _starts(self, part: Part, floor: int) -> list[int] | None:
        """Return the line where each entry begins, comments above it included.

        None when the mapping is written in a way that lines cannot be moved in.
        """
        starts: list[int] = []
        for position, value in enumerate(part.parts):
            if value.key is None or value.column != part.parts[0].column:
                return None
            earliest = part.parts[position - 1].last + 1 if position else min(floor, value.line)
            start = value.line
            while start > earliest and self._is_above(start - 1, value.column):
                start -= 1
            starts.append(start)
        return starts

    def _is_above(self, number: int, column: int) -> bool:
        """Whether a line is blank, or a comment as deep as a key in this column."""
        masked = self._masked[number]
        text = masked.lstrip(" ")
        return not text or (text.startswith("#") and len(masked) - len(text) <= column)

    def _sort(self, part: Part, shape: Shape | None, starts: list[int]) -> None:
        keys = [value.key or "" for value in part.parts]
        wanted = in_order(keys, shape)
        if wanted == keys:
            return
        column, first = part.parts[0].column, part.parts[0].line
        prefix = self.lines[first][:column]
        self.lines[first] = " " * column + self.lines[first][column:]
        ends = [*starts[1:], part.last + 1]
        entries: dict[str, _Entry] = {}
        blanks: list[int] = []
        for value, start, end in zip(part.parts, starts, ends, strict=True):
            lines = self.lines[start:end]
            empty = next(number for number, line in enumerate(lines) if line.strip())
            blanks.append(empty)
            above = value.line - start - empty
            entries[value.key or ""] = _Entry(lines[empty:], above)
        moved: list[str] = []
        for empty, key in zip(blanks, wanted, strict=True):
            moved += [""] * empty + entries[key].lines
        head = blanks[0] + entries[wanted[0]].above
        moved[head] = prefix + moved[head][column:]
        depth = len(prefix) - len(prefix.lstrip(" "))
        moved[:head] = [line and " " * depth + line.lstrip(" ") for line in moved[:head]]
        self.lines[starts[0] : part.last + 1] = moved

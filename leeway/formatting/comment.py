"""The comments of a YAML text, and what became of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from leeway.formatting.outline import outline_of

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; `alone` when it has its line to itself."""

    line: int
    column: int
    text: str
    alone: bool


def comments_of(text: str) -> list[Comment]:
    """Return the comments of a text, in order."""
    found: list[Comment] = []
    for number, line in enumerate(outline_of(text).masked):
        if match := _COMMENT.search(line):
            alone = not line[: match.start()].strip()
            found.append(Comment(number, match.start(), match[0].rstrip(), alone))
    return found


def same_comments(one: str, other: str) -> bool:
    """Whether two texts have the same comments, in whatever order."""
    texts = [sorted(comment.text for comment in comments_of(text)) for text in (one, other)]
    return texts[0] == texts[1]


def realigned(text: str, before: str) -> str:
    """Return a text whose comments stand above what they stood above `before`, as deep as it.

    Only comments with a line of their own that were as deep as the line after them are moved.
    """
    new, old = comments_of(text), comments_of(before)
    if [comment.text for comment in new] != [comment.text for comment in old]:
        return text
    lines, lines_before = text.split("\n"), before.split("\n")
    for comment, earlier in zip(new, old, strict=True):
        depth = _depth_after(lines, comment.line)
        if comment.alone and earlier.column == _depth_after(lines_before, earlier.line):
            lines[comment.line] = " " * depth + comment.text
    return "\n".join(lines)


def _depth_after(lines: Sequence[str], number: int) -> int:
    """Return the indentation of the first line after this one that is more than a comment."""
    for line in lines[number + 1 :]:
        stripped = line.lstrip(" ")
        if stripped and not stripped.startswith("#"):
            return len(line) - len(stripped)
    return 0

"""One definition as it was written, and where each of its properties stands."""

from dataclasses import dataclass, field
from typing import Any

from shared.definitions.node import Node
from shared.definitions.path import PropertyPath, in_text
from shared.domain.errors import Problem


@dataclass(frozen=True, slots=True)
class Document:
    """An object of some kind; `body` holds plain JSON values.

    `kind`, `name` and `api_version` are empty when the body does not give them as texts.
    """

    kind: str
    name: str
    api_version: str
    body: dict[str, Any]
    file: str = ""
    root: Node | None = field(default=None, compare=False, repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it among all definitions."""
        return self.kind, self.name

    def position(self, path: PropertyPath = ()) -> tuple[int, int]:
        """Return the line and column of a property, or of the nearest one above it."""
        if self.root is None:
            return 0, 0
        node = self.root.find(path)
        return node.line, node.column

    def problem(self, path: PropertyPath, message: str) -> Problem:
        """Return a problem with one of its properties."""
        line, column = self.position(path)
        return Problem(message, in_text(path), line, column, self.file)

    def problem_within(self, path: PropertyPath, offset: int, message: str) -> Problem:
        """Return a problem at a character of a text, when the text says where it stands."""
        place = self.root.find(path).text_at if self.root is not None else None
        if place is None:
            return self.problem(path, message)
        return Problem(message, in_text(path), place[0], place[1] + offset, self.file)


def document_of(body: dict[str, Any], file: str = "", root: Node | None = None) -> Document:
    """Return the document with this body."""
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return Document(
        kind=_text(body.get("kind")),
        name=_text(name),
        api_version=_text(body.get("apiVersion")),
        body=body,
        file=file,
        root=root,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

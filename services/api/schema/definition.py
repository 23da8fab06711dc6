"""Definitions in, and what became of them."""

from typing import Any

from pydantic import Field

from services.api.schema.answer import Answer, NextCursor


class Place(Answer):
    """Something about a definition, and where: lines and columns count from 1, 0 is unknown."""

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    message: str


class Applied(Answer):
    """What applying definitions changed, each as `Kind/name`."""

    revision: int
    created: list[str]
    changed: list[str]
    unchanged: list[str]
    deleted: list[str]
    warnings: list[Place]


class Definition(Answer):
    """One stored definition: `body` is the document as it was applied."""

    kind: str
    name: str
    body: dict[str, Any]


class Definitions(Answer):
    """A page of definitions, and how far they have taken effect."""

    items: list[Definition]
    next_cursor: NextCursor
    revision: int = Field(description="The revision that is stored.")
    reported_revision: int | None = Field(
        description="The revision by which every topic is being counted; null before any is."
    )

"""Definitions in, and what became of them."""

from datetime import datetime
from typing import Any

from pydantic import Field

from services.api.schema.answer import Answer, NextCursor
from shared.sql.revision import Action


class Place(Answer):
    """Something about a definition, and where: lines and columns count from 1, 0 is unknown."""

    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    message: str


class Difference(Answer):
    """One definition that a change makes, alters or removes: null where it is not there."""

    kind: str
    name: str
    action: Action
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class Applied(Answer):
    """What applying definitions changed, each as `Kind/name`."""

    revision: int
    created: list[str]
    changed: list[str]
    unchanged: list[str]
    deleted: list[str]
    warnings: list[Place]
    recounted: list[str] = Field(
        description="SLOs that count something else from now on: their counters start anew."
    )
    changes: list[Difference] = Field(description="The same in full.")


class Definition(Answer):
    """One stored definition: `body` is the document as it was applied."""

    kind: str
    name: str
    body: dict[str, Any]


class ListedDefinition(Definition):
    """One of many definitions; an agreement that is over holds nothing back any more."""

    over: bool = Field(description="Whether it is an agreement that has expired or was terminated.")


class StoredDefinition(Definition):
    """One definition in force, and by which revisions it was made and last changed."""

    created_revision: int
    changed_revision: int


class Recorded(Difference):
    """One change of the audit log."""

    revision: int = Field(description="Of the definitions after it.")
    at: datetime
    author: str
    verified: bool = Field(description="Whether a token vouches for the author.")
    note: str | None = Field(description="What the parties of an agreement did.")


class AuditLog(Answer):
    """A page of changes."""

    items: list[Recorded]
    next_cursor: NextCursor


class Definitions(Answer):
    """A page of definitions, and how far they have taken effect."""

    items: list[ListedDefinition]
    next_cursor: NextCursor
    revision: int = Field(description="The revision that is stored.")
    reported_revision: int | None = Field(
        description="The revision by which every topic is being counted; null before any is."
    )

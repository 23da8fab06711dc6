"""What a set of definitions changes in those that are there: decided before anything is written."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.domain.errors import NotFound

Body = dict[str, Any]  # a plain OpenSLO document
Name = tuple[str, str]  # kind, name


class Action(StrEnum):
    """What happened to a definition."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class Step:
    """One definition that differs afterwards; bodies as canonical JSON, None for none.

    What the parties of an agreement do about it leaves the document as it is; `note` says what.
    """

    kind: str
    name: str
    action: Action
    before: str | None
    after: str | None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that differs afterwards, and what stays as it is, by kind and name."""

    steps: tuple[Step, ...]
    unchanged: tuple[Name, ...]

    def names(self, action: Action) -> tuple[str, ...]:
        """Return `Kind/name` of everything that this happens to."""
        return tuple(f"{step.kind}/{step.name}" for step in self.steps if step.action is action)


def canonical(body: Body) -> str:
    """Return a document as the one JSON text that all equal documents have."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)


def body_of(text: str) -> Body:
    """Return a stored document."""
    body: Body = json.loads(text)
    return body


def name_of(body: Body) -> Name:
    """Return the kind and the name of a document."""
    return str(body["kind"]), str(body["metadata"]["name"])


def touched(bodies: Iterable[Body], deletions: Iterable[Name]) -> list[Name]:
    """Return the names of everything a change is about, in order."""
    return sorted({*map(name_of, bodies), *deletions})


def decide(bodies: Sequence[Body], deletions: Sequence[Name], there: Mapping[Name, str]) -> Outcome:
    """Return what a change does to the definitions that are there (canonical JSON by name).

    Raises NotFound for the deletion of something that is not there, and ValueError when a name
    occurs twice.
    """
    wanted: dict[Name, str | None] = {name_of(body): canonical(body) for body in bodies}
    wanted |= dict.fromkeys(deletions)
    if len(wanted) != len(bodies) + len(deletions):
        raise ValueError("a definition occurs twice in one change")
    for name in deletions:
        if name not in there:
            raise NotFound(*name)
    names = sorted(wanted)
    return Outcome(
        tuple(
            Step(*name, _action(there.get(name), wanted[name]), there.get(name), wanted[name])
            for name in names
            if there.get(name) != wanted[name]
        ),
        tuple(name for name in names if there.get(name) == wanted[name]),
    )


def _action(before: str | None, after: str | None) -> Action:
    if after is None:
        return Action.DELETED
    return Action.CREATED if before is None else Action.CHANGED

"""Definitions by kind and name, for following references."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.domain.errors import LeewayError

Body = Mapping[str, Any]


class NotEvaluated(LeewayError):
    """An SLO loads but cannot be evaluated; the message says why."""


class Library:
    """A set of definitions; of two with the same kind and name the later one counts."""

    def __init__(self, bodies: Sequence[Body]) -> None:
        self._found: dict[tuple[str, str], Body] = {}
        for body in bodies:
            self._found[body["kind"], name_of(body)] = body

    def get(self, kind: str, name: str) -> Body | None:
        """Return the body of the definition with this kind and name, if there is one."""
        return self._found.get((kind, name))

    def need(self, kind: str, name: str) -> Body:
        """Return a definition that something refers to; raises NotEvaluated."""
        body = self._found.get((kind, name))
        if body is None:
            raise NotEvaluated(f"there is no {kind} named {name!r}")
        return body

    def all(self, kind: str) -> Iterator[tuple[str, Body]]:
        """Yield name and body of all definitions of a kind, by name."""
        for found, name in sorted(self._found):
            if found == kind:
                yield name, self._found[found, name]

    def inline_or_named(self, entry: Body, reference: str, kind: str) -> Body:
        """Return what a list entry defines in place or refers to; raises NotEvaluated."""
        name = entry.get(reference)
        return self.need(kind, name) if name is not None else entry


def name_of(body: Body) -> str:
    """Return the name of a definition, empty when it has none."""
    return str(metadata_of(body).get("name") or "")


def metadata_of(body: Body) -> Body:
    """Return the metadata of a definition, empty when it has none."""
    return body.get("metadata") or {}


def annotations_of(body: Body) -> Mapping[str, str]:
    """Return the annotations of a definition, empty when it has none."""
    return metadata_of(body).get("annotations") or {}


def spec_of(body: Body) -> Body:
    """Return the spec of a definition, empty when it has none."""
    return body.get("spec") or {}

"""Definitions by kind and name, for following references."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from shared.domain.errors import LeewayError

Body = Mapping[str, Any]


class NotEvaluated(LeewayError):
    """An SLO loads but cannot be evaluated; the message says why."""


class Broken(NotEvaluated):
    """An SLO cannot be evaluated because of a mistake, which the checks report at its place."""


class Library:
    """A set of definitions; of two with the same kind and name the later one counts.

    `unusable` are those that exist but cannot be looked at, because they are malformed.
    """

    def __init__(
        self, bodies: Iterable[Body], unusable: Collection[tuple[str, str]] = frozenset()
    ) -> None:
        self._found: dict[tuple[str, str], Body] = {}
        self._unusable = unusable
        for body in bodies:
            self._found[body["kind"], name_of(body)] = body

    def has(self, kind: str, name: str) -> bool:
        """Whether a definition with this kind and name exists, usable or not."""
        return (kind, name) in self._found or (kind, name) in self._unusable

    def names(self, kind: str) -> list[str]:
        """Return the names of all definitions of a kind, usable or not."""
        return sorted(name for found, name in {*self._found, *self._unusable} if found == kind)

    def get(self, kind: str, name: str) -> Body | None:
        """Return the body of the definition with this kind and name, if there is one."""
        return self._found.get((kind, name))

    def need(self, kind: str, name: str) -> Body:
        """Return a definition that something refers to; raises Broken."""
        body = self._found.get((kind, name))
        if body is None:
            raise Broken(f"there is no {kind} named {name!r}")
        return body

    def all(self, kind: str) -> Iterator[tuple[str, Body]]:
        """Yield name and body of all definitions of a kind, by name."""
        for found, name in sorted(self._found):
            if found == kind:
                yield name, self._found[found, name]

    def inline_or_named(self, entry: Body, reference: str, kind: str) -> Body:
        """Return what a list entry defines in place or refers to; raises Broken."""
        name = entry.get(reference)
        return self.need(kind, name) if name is not None else entry


def name_of(body: Body) -> str:
    """Return the name of a definition, empty when it has none."""
    return str(metadata_of(body).get("name") or "")


def metadata_of(body: Body) -> Body:
    """Return the metadata of a definition, empty when it has none."""
    return body.get("metadata") or {}


def annotations_of(body: Body) -> Mapping[str, str]:
    """Return the annotations of a definition that have a value."""
    given = metadata_of(body).get("annotations") or {}
    return {key: value for key, value in given.items() if value is not None}


def spec_of(body: Body) -> Body:
    """Return the spec of a definition, empty when it has none."""
    return body.get("spec") or {}

"""Chooses definitions by their labels: `team=payments,tier=1`."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.api.errors import BadRequest
from shared.definitions.library import Body, metadata_of


@dataclass(frozen=True, slots=True)
class Selector:
    """The labels that a definition must have, all of them."""

    labels: Mapping[str, str]

    def chooses(self, body: Body) -> bool:
        """Whether a definition has all the labels; one that has several values has each."""
        own = metadata_of(body).get("labels") or {}
        return all(value in _texts(own.get(key)) for key, value in self.labels.items())


def selector_of(text: str) -> Selector:
    """Return the selector of a text; raises BadRequest, for an empty one would choose all."""
    labels: dict[str, str] = {}
    for part in text.split(","):
        key, equals, value = part.strip().partition("=")
        if not (key and equals and value) or key in labels:
            raise BadRequest(
                f"{text!r} chooses no labels: write key=value, several separated by commas"
            )
        labels[key] = value
    return Selector(labels)


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]

"""What differs between two versions of an agreement, property by property."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from services.api.schema.agreement import Alteration
from shared.definitions.path import PropertyPath, in_text

ABSENT = object()


def alterations(before: str, after: str) -> list[Alteration]:
    """Return what differs between two terms: as written, else in what the SLOs filled in."""
    old, new = json.loads(before), json.loads(after)
    promised = ("promises",)
    written = list(_between(old | dict.fromkeys(promised), new | dict.fromkeys(promised), ()))
    return written or list(_between(old["promises"], new["promises"], promised))


def _between(before: Any, after: Any, path: PropertyPath) -> Iterator[Alteration]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _between(before.get(key, ABSENT), after.get(key, ABSENT), (*path, key))
    elif isinstance(before, list) and isinstance(after, list):
        both = _numbered(before), _numbered(after)
        for at in sorted({*both[0], *both[1]}):
            yield from _between(both[0].get(at, ABSENT), both[1].get(at, ABSENT), (*path, at))
    elif before != after:
        yield Alteration(path=in_text(path), before=_given(before), after=_given(after))


def _numbered(values: list[Any]) -> Mapping[int, Any]:
    return dict(enumerate(values))


def _given(value: Any) -> Any:
    return None if value is ABSENT else value

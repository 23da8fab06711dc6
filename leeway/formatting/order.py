"""The canonical order of keys: that of the tables of each kind; unknown keys come last."""

from collections.abc import Iterable
from typing import Any

from shared.definitions.kind import DEFAULT_VERSIONS
from shared.definitions.shape import Either, ListOf, MapOf, Shape, Struct


def shape_of(api_version: Any, kind: Any) -> Shape | None:
    """Return the table of a kind of definition, None for one that does not exist."""
    kinds = DEFAULT_VERSIONS.get(api_version) if isinstance(api_version, str) else None
    return kinds.get(kind) if kinds and isinstance(kind, str) else None


def child_of(shape: Shape | None, key: str) -> Shape | None:
    """Return the shape of a property, None when it has no order of its own."""
    match shape:
        case Struct():
            return next((one.shape for one in shape.fields if one.name == key), None)
        case Either():
            return child_of(shape.inline, key)
        case MapOf():
            return shape.item
        case _:
            return None


def item_of(shape: Shape | None) -> Shape | None:
    """Return the shape of the items of a list."""
    return shape.item if isinstance(shape, ListOf) else None


def in_order(keys: Iterable[str], shape: Shape | None) -> list[str]:
    """Return keys in their canonical order; those without one stay in theirs, at the end."""
    match shape:
        case Struct():
            known = [one.name for one in shape.fields]
        case Either():
            known = [shape.reference, *(one.name for one in shape.inline.fields)]
        case _:
            return list(keys)
    place = {name: position for position, name in enumerate(known)}
    return sorted(keys, key=lambda key: place.get(key, len(place)))


def arranged(value: Any, shape: Shape | None) -> Any:
    """Return plain JSON values with all keys in their canonical order."""
    if isinstance(value, dict):
        return {key: arranged(value[key], child_of(shape, key)) for key in in_order(value, shape)}
    if isinstance(value, list):
        return [arranged(item, item_of(shape)) for item in value]
    return value

"""Reads long lists in pages: a cursor says after which item the next page starts."""

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TypeVar

from services.api.errors import BadRequest

Item = TypeVar("Item")
Position = tuple[int | str, ...]


def page_of(
    items: Sequence[Item], position: Callable[[Item], Position], cursor: str | None, limit: int
) -> tuple[list[Item], str | None]:
    """Return the page that starts after the cursor, and the next cursor.

    `items` are sorted by `position`. A cursor is a position, not an item: one that vanished
    between two pages does no harm.
    """
    start = 0
    if cursor is not None:
        try:
            start = bisect_right(items, position_of(cursor), key=position)
        except TypeError as error:
            raise BadRequest("this cursor belongs to another list: start without one") from error
    page = list(items[start : start + limit])
    more = start + limit < len(items)
    return page, cursor_of(position(page[-1])) if more else None


def cursor_of(position: Position) -> str:
    """Return the cursor that a page after this position is read with."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def position_of(cursor: str) -> Position:
    """Return the position that a cursor stands for; raises BadRequest."""
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadRequest("this cursor is not one that a list answered") from error
    if not isinstance(found, list):
        raise BadRequest("this cursor is not one that a list answered")
    return tuple(found)

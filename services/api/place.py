"""Cursors into lists that the database sorts by time: a moment and an id."""

import re
from datetime import UTC, datetime

from services.api.errors import BadRequest
from services.api.paging import cursor_of, position_of
from services.api.parameter import PLAIN
from shared.sql.alerts import Place


def place_text(place: Place) -> str:
    """Return the cursor that a page after this place is read with."""
    at, id_ = place
    return cursor_of((int(at.timestamp()), id_))


def place_of(cursor: str | None) -> Place | None:
    """Return the place that a cursor stands for; raises BadRequest."""
    if cursor is None:
        return None
    match position_of(cursor):
        case (int(seconds), str(id_)) if re.match(PLAIN, id_):
            try:
                return datetime.fromtimestamp(seconds, UTC), id_
            except (OverflowError, ValueError, OSError):
                pass
    raise BadRequest("this cursor belongs to another list: start without one")

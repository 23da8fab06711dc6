"""Since when nothing defines a series: it is kept for a while, for definitions come and go."""

from collections.abc import Mapping

import numpy as np

from services.evaluator.domain.delta import Ints
from services.evaluator.domain.row import NOBODY, Series
from shared.domain.window import DAY

KEPT = 7 * DAY  # seconds that a series is kept which nothing defines


class Undefined:
    """The rows of series that nothing defines; `since` says from when on, in seconds."""

    def __init__(self, since: Mapping[int, int] | None = None) -> None:
        self.since = dict(since or {})

    def expired(self, series: Series, defined: Series, now: int) -> Ints:
        """Return the rows that nothing has defined for too long, and forget about them.

        `series` are those of all rows, `defined` those that the definitions name.
        """
        nobody = np.flatnonzero(~np.isin(series, defined) & (series != NOBODY)).tolist()
        since = {row: self.since.get(row, now) for row in nobody}
        gone = [row for row, at in since.items() if now - at > KEPT]
        self.since = {row: at for row, at in since.items() if now - at <= KEPT}
        return np.array(gone, np.int64)

"""What messages of the counts log changed and is not counted yet, in the order of the log."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

import numpy as np

from services.evaluator.domain.delta import Deltas, Ints
from services.evaluator.domain.register import Register
from services.evaluator.domain.slices import Heard
from shared.domain.bucket import BUCKET
from shared.wire import Cells, GroupName


class Arrivals:
    """Looks up the rows that count what arrives, for many messages at once.

    Only where groups are given places, or lose them, each message has its own turn.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._waiting: list[tuple[int, Cells]] = []  # when heard, and what has no rows yet
        self._heard: list[Heard] = []

    def __len__(self) -> int:
        return len(self._waiting) + len(self._heard)

    def add(self, at: int, cells: Cells) -> None:
        """Take changes without groups, heard of at a time of the log (seconds)."""
        self._waiting.append((at, cells))

    def add_groups(self, at: int, cells: Cells, names: Sequence[GroupName]) -> None:
        """Take changes of which some concern groups; see `Register.resolve`."""
        self._look_up()
        rows = self._register.resolve(cells, names, at)
        self._heard.append(_heard(at, rows, cells))

    def take(self) -> list[Heard]:
        """Return all changes since the last call."""
        self._look_up()
        heard, self._heard = self._heard, []
        return heard

    def _look_up(self) -> None:
        waiting, self._waiting = self._waiting, []
        for at, together in groupby(waiting, key=itemgetter(0)):
            cells = _joined([cells for _, cells in together])
            self._heard.append(_heard(at, self._register.rows_of(cells), cells))


def _heard(at: int, rows: Ints, cells: Cells) -> Heard:
    return Heard(at, Deltas(rows, cells.bucket * BUCKET, np.array((cells.good, cells.total))))


def _joined(parts: Sequence[Cells]) -> Cells:
    """Return all of these cells; a pair of series and bucket may occur more than once."""
    if len(parts) == 1:
        return parts[0]
    return Cells(
        np.concatenate([part.series for part in parts]),
        np.concatenate([part.bucket for part in parts]),
        np.concatenate([part.good for part in parts]),
        np.concatenate([part.total for part in parts]),
    )

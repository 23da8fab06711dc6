"""Builders for the evaluator's tests."""

from collections.abc import Iterable

import numpy as np

from services.evaluator.domain.delta import Deltas

Event = tuple[int, int, int, int]  # row, time, good, total


def deltas(events: Iterable[Event]) -> Deltas:
    """Return these changes, each in the 10-second bucket of its time."""
    table = np.array(list(events), np.int64).reshape(-1, 4)
    return Deltas(table[:, 0], table[:, 1] // 10 * 10, table[:, 2:].T.copy())

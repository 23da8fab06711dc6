"""How much an event weighs: a whole number from 0 to 1e9, 1 when it does not say."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import RejectedEvent
from shared.domain.reason import Reason

MAX_WEIGHT = 10**9


def read_weight(value: object) -> int:
    """Return the weight that a field states, or raise RejectedEvent; `2.0` is a whole number."""
    if value is None:
        return 1
    if type(value) is not int and type(value) is not float:
        raise RejectedEvent(Reason.WRONG_TYPE, "the weight is not a number")
    if not 0 <= value <= MAX_WEIGHT or value != int(value):
        raise RejectedEvent(
            Reason.BAD_WEIGHT, f"the weight is not a whole number from 0 to {MAX_WEIGHT:,}"
        )
    return int(value)


def read_weights(column: Sequence[object]) -> tuple[NDArray[np.int64] | None, list[int]]:
    """Return the weights of a column, and the rows that have none; these weigh 0.

    None instead of the weights when all are 1 because no row states any.
    """
    if column.count(None) == len(column):
        return None, []
    if set(map(type, column)) == {int}:
        try:
            weights = np.array(column, np.int64)
        except OverflowError:
            pass
        else:
            if weights.min() >= 0 and weights.max() <= MAX_WEIGHT:
                return weights, []
    weights = np.zeros(len(column), np.int64)
    invalid: list[int] = []
    for row, value in enumerate(column):
        try:
            weights[row] = read_weight(value)
        except RejectedEvent:
            invalid.append(row)
    return weights, invalid

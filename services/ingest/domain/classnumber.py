"""Gives every combination of field codes that occurs a number: the event's class."""

from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from services.ingest.domain.fieldcode import Codes

Numbers = NDArray[np.int64]

_TABLE_BITS = 18  # combinations are looked up in an array while it has at most 2**18 places
_WORD_BITS = 62


class ClassNumbers:
    """The classes met so far. A new one is defined by the first event that has it."""

    def __init__(self) -> None:
        self._bits: tuple[int, ...] = ()
        self._table: Numbers | None = np.full(1, -1, np.int64)
        self._known: dict[Hashable, int] = {}

    def number(
        self, codes: Sequence[Codes], sizes: Sequence[int], count: int, define: Callable[[int], int]
    ) -> Numbers:
        """Return the class of each of `count` events, of which `codes` holds a column per field.

        `sizes` are above the codes of each column. `define(row)` numbers a class not met before.
        """
        bits = tuple((size - 1).bit_length() for size in sizes)
        if bits != self._bits:
            self._bits = bits
            small = sum(bits) <= _TABLE_BITS
            self._table = np.full(1 << sum(bits), -1, np.int64) if small else None
            self._known = {}
        words = self._words(codes, count)
        if self._table is not None:
            return _look_up(self._table, words[0], define)
        keys: Sequence[Hashable] = words[0].tolist()
        if len(words) > 1:
            keys = list(zip(*(word.tolist() for word in words), strict=True))
        return number_keys(self._known, keys, define)

    def _words(self, codes: Sequence[Codes], count: int) -> list[Codes]:
        """Pack the columns into as few whole numbers per event as hold them."""
        words = [np.zeros(count, np.int64)]
        used = 0
        for column, bits in zip(codes, self._bits, strict=True):
            if used + bits > _WORD_BITS:
                words.append(column)
                used = bits
            else:
                words[-1] = words[-1] << bits | column if used else column
                used += bits
        return words


def number_keys(
    known: dict[Hashable, int], keys: Sequence[Hashable], define: Callable[[int], int]
) -> Numbers:
    """Return the number of each key; `define(row)` numbers one that is not known yet."""
    numbers = [known.get(key, -1) for key in keys]
    if -1 in numbers:
        for row, key in enumerate(keys):
            if numbers[row] < 0:
                if key not in known:
                    known[key] = define(row)
                numbers[row] = known[key]
    return np.array(numbers, np.int64)


def _look_up(table: Numbers, keys: Codes, define: Callable[[int], int]) -> Numbers:
    numbers = table[keys]
    for row in np.flatnonzero(numbers < 0).tolist():
        key = keys[row]
        if table[key] < 0:
            table[key] = define(row)
        numbers[row] = table[key]
    return numbers

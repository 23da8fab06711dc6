"""Numbers the values of one field: values that no predicate can tell apart share a number."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import cast

import numpy as np
from numpy.typing import NDArray

from services.ingest.domain.textsearch import TextSearch
from shared.domain.predicate import Atom, Compare, In, Op, TextTest, Value

Codes = NDArray[np.int64]

_MISSING, _TRUE, _FALSE, _COMPOUND, _NUMBERS = range(5)
_TEXT, _NUMBER = {str, type(None)}, {int, float, type(None)}
_EXACT = 2.0**53  # whole numbers below it are exact in a float
_MOST_TEXTS = 100_000  # remembered with their code
_LONGEST_TEXT = 256  # characters; longer ones are not remembered


class FieldCodes:
    """The codes of one field, made for all atoms on it.

    Missing (or null), true, false and compound values have a code each. The cut points that
    atoms mention divide the numbers: each point has a code, and each gap between them. Each text
    that some atom equals has one; other texts share one if they meet the same of the other atoms.
    `size` is one more than the greatest code so far: texts may meet new combinations of atoms.
    """

    def __init__(self, atoms: Iterable[Atom]) -> None:
        atoms = list(atoms)
        constants = [value for atom in atoms for value in _constants(atom)]
        self._cuts = sorted(set(_numbers_in(constants)))
        self._float_cuts = np.array([_as_float(cut) for cut in self._cuts], np.float64)
        self._other = _NUMBERS + 2 * len(self._cuts) + 1
        texts = dict.fromkeys(value for value in constants if isinstance(value, str))
        self._texts: dict[object, int] = {None: _MISSING}
        self._texts.update((text, self._other + 1 + place) for place, text in enumerate(texts))
        searching = [atom for atom in atoms if _searches(atom)]
        self._search = TextSearch(searching) if searching else None
        self._by_atoms: dict[frozenset[int], int] = {frozenset(): self._other}
        self._remembered: dict[object, int] = dict(self._texts)
        self.size = self._other + 1 + len(texts)

    def codes(self, column: Sequence[object]) -> Codes:
        """Return the code of each value."""
        kinds = set(map(type, column))
        if kinds <= _TEXT and not self._search:
            codes = map(self._texts.get, column, repeat(self._other))
            return np.fromiter(codes, np.int64, len(column))
        if kinds <= _NUMBER:
            numbers = _as_numbers(column, with_missing=type(None) in kinds)
            if numbers is not None:
                return self._intervals(numbers, with_missing=type(None) in kinds)
        return np.array([self._code(value) for value in column], np.int64)

    def _intervals(self, numbers: NDArray[np.float64], *, with_missing: bool) -> Codes:
        cuts = self._float_cuts
        codes = cuts.searchsorted(numbers, "left") + cuts.searchsorted(numbers, "right") + _NUMBERS
        return np.where(np.isnan(numbers), _MISSING, codes) if with_missing else codes

    def _code(self, value: object) -> int:
        if value is None:
            return _MISSING
        if isinstance(value, bool):
            return _TRUE if value else _FALSE
        if isinstance(value, int | float):
            return _NUMBERS + bisect_left(self._cuts, value) + bisect_right(self._cuts, value)
        if not isinstance(value, str):
            return _COMPOUND
        code = self._remembered.get(value)
        return self._searched(value) if code is None else code

    def _searched(self, text: str) -> int:
        if self._search is None:
            return self._other
        met = self._search.met_by(text)
        code = self._by_atoms.get(met)
        if code is None:
            code = self._by_atoms[met] = self.size
            self.size += 1
        if len(text) <= _LONGEST_TEXT:
            if len(self._remembered) >= _MOST_TEXTS:
                self._remembered = dict(self._texts)
            self._remembered[text] = code
        return code


def _as_numbers(column: Sequence[object], *, with_missing: bool) -> NDArray[np.float64] | None:
    """Return a column of numbers, NaN where missing; None when floats do not hold them exactly."""
    if with_missing:
        column = [np.nan if value is None else value for value in column]
    try:
        numbers = np.fromiter(cast(Sequence[float], column), np.float64, len(column))
    except OverflowError:
        return None
    if np.fmax.reduce(numbers) >= _EXACT or np.fmin.reduce(numbers) <= -_EXACT:
        return None
    return numbers


def _constants(atom: Atom) -> Iterator[Value]:
    match atom:
        case Compare(_, op, value) if not (isinstance(value, str) and _is_order(op)):
            yield value
        case In(_, values):
            yield from values


def _searches(atom: Atom) -> bool:
    """Whether an atom asks more of a text than whether it equals a constant."""
    match atom:
        case Compare(_, op, value):
            return isinstance(value, str) and _is_order(op)
        case _:
            return isinstance(atom, TextTest)


def _is_order(op: Op) -> bool:
    return op not in (Op.EQ, Op.NE)


def _numbers_in(values: Iterable[Value]) -> Iterator[float]:
    for value in values:
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value


def _as_float(cut: float) -> float:
    try:
        return float(cut)
    except OverflowError:
        return np.inf if cut > 0 else -np.inf

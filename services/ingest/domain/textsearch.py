"""Which of many tests a text meets, without trying each of those for a beginning or an end."""

from collections import defaultdict
from collections.abc import Sequence

from shared.domain.evaluate import meets
from shared.domain.predicate import Atom, TextOp, TextTest

_ByLength = dict[int, dict[str, list[int]]]


class TextSearch:
    """The atoms on one text field that are more than equality, tried together."""

    def __init__(self, atoms: Sequence[Atom]) -> None:
        self._beginnings: _ByLength = defaultdict(lambda: defaultdict(list))
        self._ends: _ByLength = defaultdict(lambda: defaultdict(list))
        self._others: list[tuple[int, Atom]] = []
        for place, atom in enumerate(atoms):
            match atom:
                case TextTest(_, TextOp.STARTS_WITH, text):
                    self._beginnings[len(text)][text].append(place)
                case TextTest(_, TextOp.ENDS_WITH, text):
                    self._ends[len(text)][text].append(place)
                case _:
                    self._others.append((place, atom))

    def met_by(self, text: str) -> frozenset[int]:
        """Return the places of the atoms that a text meets."""
        met = {place for place, atom in self._others if meets(atom, text)}
        for length, places in self._beginnings.items():
            met.update(places.get(text[:length], ()))
        for length, places in self._ends.items():
            met.update(places.get(text[max(len(text) - length, 0) :], ()))
        return frozenset(met)

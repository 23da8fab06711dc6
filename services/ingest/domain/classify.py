"""Decides for each event which indicators it counts for: once for each class of events.

A class is a combination of field codes, so all its events meet the same predicates, and what the
first of them counts for is remembered for the others.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

from services.ingest.domain.classnumber import ClassNumbers, Numbers
from services.ingest.domain.fieldcode import Codes, FieldCodes
from services.ingest.domain.matching import Counted, Matching
from services.ingest.domain.tally import Feed
from shared.domain.predicate import Atom, Path, atoms

GroupBy = tuple[Path, ...]
ColumnOf = Callable[[Path], Sequence[object]]
Judged = tuple[tuple[Counted, bool], ...]  # with whether the event is good


@dataclass(frozen=True, slots=True)
class EventClass:
    """What the events of a class count for; grouped indicators by the fields they group by."""

    plain: tuple[Feed, ...]
    grouped: Mapping[GroupBy, Judged]
    not_numeric: tuple[Counted, ...]


class Classifier:
    """Gives events the number of their class; `classes` says what each class counts for."""

    def __init__(self, counted: Sequence[Counted]) -> None:
        self.classes: list[EventClass] = []
        self._matching = Matching(counted)
        self._numbers = ClassNumbers()
        by_path: dict[Path, list[Atom]] = defaultdict(list)
        for one in counted:
            for predicate in (one.indicator.total, one.indicator.good):
                for atom in atoms(predicate):
                    by_path[atom.path].append(atom)
        self._codes = {path: FieldCodes(atoms) for path, atoms in by_path.items()}

    def classify(self, column_of: ColumnOf, unweighed: Sequence[Codes], count: int) -> Numbers:
        """Return the number of each event's class.

        `unweighed` has a column for each weighing beside the first: 1 where the weight is invalid.
        """

        def define(row: int) -> int:
            unusable = {place for place, flags in enumerate(unweighed, 1) if flags[row]}
            one = self._class_of(lambda path: column_of(path)[row], unusable)
            self.classes.append(one)
            return len(self.classes) - 1

        codes = [field.codes(column_of(path)) for path, field in self._codes.items()]
        sizes = [field.size for field in self._codes.values()]
        return self._numbers.number(
            [*codes, *unweighed], [*sizes, *(2 for _ in unweighed)], count, define
        )

    def _class_of(self, value_of: Callable[[Path], object], unusable: Container[int]) -> EventClass:
        plain: list[Feed] = []
        grouped: dict[GroupBy, list[tuple[Counted, bool]]] = defaultdict(list)
        for one, good in self._matching.valid(value_of):
            if one.weighing in unusable:
                continue
            if one.indicator.group_by:
                grouped[one.indicator.group_by].append((one, good))
            else:
                plain.append(Feed(one.series, good, one.weighing))
        return EventClass(
            tuple(plain),
            {fields: tuple(ones) for fields, ones in grouped.items()},
            tuple(self._matching.not_numeric(value_of)),
        )

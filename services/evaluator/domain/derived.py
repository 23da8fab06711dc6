"""All derived rows of a shard: counts after exclusions, and slices of those or of all events."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.evaluator.domain.correction import Corrected, Corrections, corrected_of
from services.evaluator.domain.delta import Deltas, joined
from services.evaluator.domain.register import Register
from services.evaluator.domain.since import Since
from services.evaluator.domain.slice_past import Inherited, SlicePast
from services.evaluator.domain.sliced import Sliced, joint_of, sliced_of
from services.evaluator.domain.slices import Heard, Slices
from services.evaluator.domain.table import Finder
from services.evaluator.domain.watch import Watched
from shared.domain.corrected import before_exclusions
from shared.domain.slo import SLO


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is derived for some entries of a table."""

    corrected: tuple[Corrected, ...]
    sliced: tuple[Sliced, ...]
    inherited: tuple[Inherited, ...]

    def series(self) -> set[int]:
        """Return all derived series, and those that only they are derived from."""
        found = {one.series for one in self.corrected} | {one.series for one in self.sliced}
        return found.union(*(one.sources for one in self.corrected))


def wanted_by(entries: Iterable[Watched]) -> Wanted:
    """Return what is derived for these entries."""
    corrected: dict[int, Corrected] = {}
    sliced: dict[int, Sliced] = {}
    inherited: dict[int, Inherited] = {}
    for entry in entries:
        corrected.update((one.series, one) for one in _corrected(entry))
        after, before = _sliced(entry)
        sliced.update((one.series, one) for one in (*after, *before))
        for one, former in zip(after, before, strict=False):
            grid = one.slicing.grid
            inherited[one.series] = Inherited(one.series, former.series, grid, entry.slo.exclusions)
    return Wanted(tuple(corrected.values()), tuple(sliced.values()), tuple(inherited.values()))


def _corrected(entry: Watched) -> Iterator[Corrected]:
    group = entry.group.values if entry.group else ()
    for indicator in (entry.objective.indicator, entry.objective.good_indicator):
        one = corrected_of(entry.slo, indicator, group) if indicator else None
        if one is not None:
            yield one


def _sliced(entry: Watched) -> tuple[list[Sliced], list[Sliced]]:
    """Return what counts slices, and what counts the same before exclusions, if there are any."""
    if entry.sliced is None:
        return [], []
    slo = entry.slo
    after = _slices_of(slo, entry)
    return after, _slices_of(before_exclusions(slo), entry) if slo.exclusions else []


def _slices_of(slo: SLO, entry: Watched) -> list[Sliced]:
    group = entry.group.values if entry.group else None
    found = (sliced_of(slo, entry.objective, group), joint_of(slo, group))
    return [one for one in found if one is not None]


class Derived:
    """Keeps the derived rows of a shard up to date with the real ones."""

    def __init__(self, corrections: Corrections, slices: Slices) -> None:
        self.corrections = corrections
        self.slices = slices
        self.wanted = wanted_by(())
        self.past = SlicePast((), lambda series: np.empty(0, np.int64))

    def knows(self, entries: Iterable[Watched], find: Finder) -> bool:
        """Tell whether all can be derived from now on without reading what is stored."""
        wanted = wanted_by(entries)
        known = self.corrections.knows(wanted.corrected, find)
        return known and self.slices.knows(wanted.sliced, find)

    def use(self, entries: Iterable[Watched], register: Register) -> None:
        """Give rows to all that is derived, and begin anew where the real counts are gone."""
        self.wanted = wanted_by(entries)
        corrected, sliced = self.wanted.corrected, self.wanted.sliced
        find = register.rows.find
        _drop(register, self.corrections.orphans(corrected, find))
        register.give_rows(self.corrections.counted(corrected, find))
        self.corrections.use(corrected, find)
        _drop(register, self.slices.orphans(find))
        register.give_rows(np.array([one.series for one in sliced], np.uint64))
        known = self.slices.states()
        self.slices.use(sliced, find)
        new = [one for one in self.wanted.inherited if one.series not in known]
        self.past = SlicePast(new, find)

    def take(self, heard: Sequence[Heard], register: Register) -> Deltas:
        """Take changes of real counts, and return what they change about derived rows."""
        corrected = [Heard(one.at, self.corrections.derive(one.deltas)) for one in heard]
        changed = [one for one in corrected if len(one.deltas)]
        register.note(joined([one.deltas for one in changed]))
        return joined([one.deltas for one in changed] + [self.slices.add([*heard, *changed])])

    def advance(self, to: int, watermark: Callable[[str], int], since: Since) -> Deltas:
        """Let the log have come to `to`; return what the slices add that ended."""
        return self.slices.advance(to, watermark, since)


def _drop(register: Register, series: Sequence[int]) -> None:
    rows = register.rows.find(np.array(series, np.uint64))
    if (rows >= 0).any():
        register.drop(rows[rows >= 0])

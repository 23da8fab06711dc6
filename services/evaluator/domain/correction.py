"""Rows of what is counted after exclusions: derived from those that count everything.

A corrected row is a sum over time of what is counted at that time, so it needs no state: each
change of a real row changes it at once, by the exclusions that are in force at the time of the
events. After a change of the exclusions it is another row, filled from what is stored.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.evaluator.domain.delta import Deltas, Ints, joined, no_deltas
from services.evaluator.domain.row import UNKNOWN
from services.evaluator.domain.stretch import spread
from services.evaluator.domain.table import Finder
from shared.domain.corrected import corrected_series
from shared.domain.exclusion import Exclusion, states
from shared.domain.series import series_key
from shared.domain.slo import SLO, Indicator

Feed = tuple[int, int]  # a series and its row


@dataclass(frozen=True, slots=True)
class Corrected:
    """A derived series: what `real` counts outside of the exclusions.

    `subtracted` are the series that count what meets predicates, each with the bits of the
    exclusions whose predicates these are.
    """

    series: int
    real: int
    subtracted: tuple[tuple[int, int], ...]
    exclusions: tuple[Exclusion, ...]

    @property
    def sources(self) -> tuple[int, ...]:
        """All series that it is derived from."""
        return self.real, *(series for series, _ in self.subtracted)


def corrected_of(slo: SLO, indicator: Indicator, group: Sequence[str] = ()) -> Corrected | None:
    """Return what counts an indicator after the exclusions of its SLO; None without any."""
    if not slo.exclusions:
        return None
    return Corrected(
        corrected_series(slo, indicator, group),
        series_key(slo.name, indicator.key, group),
        tuple(
            (series_key(slo.name, one.indicator.key, group), sum(1 << at for at in one.members))
            for one in slo.subtracted
            if one.of == indicator.key
        ),
        slo.exclusions,
    )


@dataclass(frozen=True, slots=True)
class _Roles:
    """What rows are for derived rows, ordered by row: `bits` is 0 for the real one."""

    row: Ints
    target: Ints
    bits: Ints
    rule: Ints


class Corrections:
    """All corrected rows of a shard. `known` are the series that had a row before."""

    def __init__(self, known: Iterable[int] = ()) -> None:
        self.known = set(known)
        self._feeds: dict[int, frozenset[Feed]] = {}
        self._rules: tuple[tuple[Exclusion, ...], ...] = ()
        self._roles = _roles(())
        self._unfilled = _roles(())

    def knows(self, corrected: Iterable[Corrected], find: Finder) -> bool:
        """Tell whether these can be derived from now on without reading what is stored."""
        new = [one for one in corrected if one.series not in self._feeds]
        return not any(feeds for feeds in _feeds_of(new, find).values())

    def orphans(self, corrected: Sequence[Corrected], find: Finder) -> list[int]:
        """Return the series to begin anew with: not wanted any more, or their sources are gone.

        What is not kept up to date must not come back as it was.
        """
        now = _feeds_of(corrected, find)
        gone = [one for one in self.known if one not in now]
        gone += [one for one, feeds in self._feeds.items() if one in now and not feeds <= now[one]]
        self.known.difference_update(gone)
        return gone

    def counted(self, corrected: Sequence[Corrected], find: Finder) -> NDArray[np.uint64]:
        """Return the series to give rows to: those of which anything real was counted."""
        return np.array(
            [one for one, feeds in _feeds_of(corrected, find).items() if feeds], np.uint64
        )

    def use(self, corrected: Sequence[Corrected], find: Finder) -> None:
        """Derive exactly these; what was counted of has a row, which `find` gives by series."""
        self._feeds = _feeds_of(corrected, find)
        new = [one for one in corrected if one.series not in self.known]
        self.known = {one.series for one in corrected}
        rules = {one.exclusions: None for one in corrected}
        self._rules = tuple(rules)
        self._roles = self._roles_of(corrected, find)
        self._unfilled = self._roles_of(new, find)

    def unfilled(self) -> Ints:
        """Return the rows whose past must be read for what is derived since the last `use`."""
        return np.unique(self._unfilled.row)

    def derive(self, deltas: Deltas) -> Deltas:
        """Return what changes of real rows change about the corrected ones."""
        return self._derived(deltas, self._roles)

    def derive_past(self, deltas: Deltas) -> Deltas:
        """Return what stored counts add to the rows that are not filled yet."""
        return self._derived(deltas, self._unfilled)

    def _derived(self, deltas: Deltas, roles: _Roles) -> Deltas:
        if not len(roles.row) or not len(deltas):
            return no_deltas()
        low = np.searchsorted(roles.row, deltas.row, side="left")
        index, place = spread(low, np.searchsorted(roles.row, deltas.row, side="right"))
        found = []
        for rule in np.unique(roles.rule[place]).tolist():
            mine = roles.rule[place] == rule
            found.append(self._ruled(deltas.at(index[mine]), roles, place[mine], rule))
        return joined(found)

    def _ruled(self, deltas: Deltas, roles: _Roles, place: Ints, rule: int) -> Deltas:
        """Return the changes of those rows that one set of exclusions is about.

        The sums of every two predicates together are added again: what both exclude was
        subtracted twice.
        """
        everything, active = states(self._rules[rule], deltas.time)
        bits = roles.bits[place]
        counts = ~everything & (bits & active == bits)
        sign = np.where(np.bitwise_count(bits) % 2 == 1, -1, 1)
        return Deltas(roles.target[place], deltas.time, deltas.counts * sign).where(counts)

    def _roles_of(self, corrected: Sequence[Corrected], find: Finder) -> _Roles:
        rule_of = {rule: number for number, rule in enumerate(self._rules)}
        sources = [
            (source, one.series, bits, rule_of[one.exclusions])
            for one in corrected
            for source, bits in ((one.real, 0), *one.subtracted)
        ]
        rows = find(np.array([source for source, *_ in sources], np.uint64))
        targets = find(np.array([target for _, target, _, _ in sources], np.uint64))
        there = (rows != UNKNOWN) & (targets != UNKNOWN)
        table = np.array([one[2:] for one in sources], np.int64).reshape(-1, 2)
        return _roles(np.column_stack((rows, targets, table))[there].tolist())


def _roles(roles: Iterable[Sequence[int]]) -> _Roles:
    table = np.array(sorted(map(tuple, roles)), np.int64).reshape(-1, 4)
    return _Roles(*np.ascontiguousarray(table.T))


def _feeds_of(corrected: Iterable[Corrected], find: Finder) -> dict[int, frozenset[Feed]]:
    """Return, by corrected series, the series that it is derived from and that have a row."""
    pairs = [(one.series, source) for one in corrected for source in one.sources]
    rows = find(np.array([source for _, source in pairs], np.uint64)).tolist()
    found: dict[int, set[Feed]] = defaultdict(set)
    for (one, source), row in zip(pairs, rows, strict=True):
        found[one] |= {(source, row)} if row != UNKNOWN else set()
    return {one: frozenset(feeds) for one, feeds in found.items()}

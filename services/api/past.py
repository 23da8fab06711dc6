"""How every SLO stood at an earlier moment, by the definitions of today."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from services.api.board import Board
from services.api.figures import Count, Facts, Figures
from services.api.standing import AlertLog, AlertsByObjective, standing
from services.api.tally import joint_series, series_of, slices_of
from shared.domain.burn_window import windows_of
from shared.domain.corrected import before_exclusions
from shared.domain.slice_grid import Grid
from shared.domain.slicing import slicing_of
from shared.domain.slo import SLO
from shared.domain.window import WindowKey
from shared.history import Interval, SegmentStore, Timeline, timeline
from shared.rows import NOBODY

AT_ONCE = 64  # SLOs whose past is held in memory together


@dataclass(frozen=True, slots=True)
class PastFigures:
    """The counts of some SLOs of one shard at an earlier moment; `intervals` by window."""

    at: int
    intervals: Mapping[tuple[int, WindowKey], Interval | None]
    known: Facts

    def bounds(self, window: WindowKey) -> tuple[int, int]:
        """Return where the window began and ended, as far as it is stored."""
        stored = self.intervals.get((NOBODY, window))
        return (stored.start, stored.end) if stored else window.bounds(self.at)

    def counted(self, series: int, window: WindowKey) -> Count | None:
        """Return the counts of a series; None when too little of the window is stored."""
        stored = self.intervals.get((series, window))
        return Count(stored.good, stored.total) if stored else None

    def facts(self) -> Facts:
        """Return what is known now, but for the watermarks and alerts of that moment."""
        return self.known


@dataclass(frozen=True, slots=True)
class Past:
    """Gives the figures of any moment of which something is stored."""

    store: SegmentStore
    alerts: AlertLog

    async def figures(
        self, slos: Iterable[SLO], board: Board, at: int, now: int
    ) -> dict[str, Figures]:
        """Return the figures by which these SLOs stood at a moment.

        Those of a shard whose evaluator has not counted beyond it are left out: the latest ones
        serve.
        """
        by_shard: dict[int, list[SLO]] = defaultdict(list)
        for slo in slos:
            current = board.of(slo.name, now)
            if at < current.at:
                by_shard[current.snapshot.shard].append(slo)
        found: dict[str, Figures] = {}
        for shard, members in by_shard.items():
            known = board.of(members[0].name, now).facts()
            for some in _in_parts(members):
                alerts = await standing(self.alerts, some, at)
                past = await self._shard(shard, some, _at(known, at, alerts), at, now)
                found |= {slo.name: past for slo in some}
        return found

    async def timeline(self, board: Board, slo: SLO, start: int, now: int) -> Timeline:
        """Return what everything that an SLO counts in counted from `start` until now."""
        current = board.of(slo.name, now)
        series = list(series_of_all([slo], current.facts()))
        return await timeline(self.store, current.snapshot.shard, series, start, now, now)

    async def _shard(
        self, shard: int, slos: Sequence[SLO], known: Facts, at: int, now: int
    ) -> PastFigures:
        windows = {w for slo in slos for w in windows_of(slo, at)}
        start = min(window.bounds(at)[0] for window in windows)
        series = series_of_all(slos, known)
        line = await timeline(self.store, shard, list(series), start, at, now)
        ended = {grid: grid.ended(at) for grid in set(series.values()) if grid}
        intervals = {
            (s, w): line.window(s, at, w, ended[grid] if grid else None)
            for s, grid in series.items()
            for w in windows
        }
        return PastFigures(at, intervals, known)


def series_of_all(slos: Iterable[SLO], facts: Facts) -> dict[int, Grid | None]:
    """Return every series that these SLOs count in, of all groups, and NOBODY for the bounds.

    With each comes the grid of the slices that it counts, None where it counts events.
    """
    found: dict[int, Grid | None] = {NOBODY: None}
    for slo in chain.from_iterable(map(_with_and_without, slos)):
        for indicator in slo.measures():
            found |= dict.fromkeys(series_of(slo, indicator, facts, None))
        for objective in slo.objectives:
            slicing = slicing_of(slo, objective)
            if slicing is not None:
                found |= dict.fromkeys(slices_of(slo, objective, facts), slicing.grid)
                if slo.composite:
                    found |= dict.fromkeys(joint_series(slo, facts), slicing.grid)
    return found


def _with_and_without(slo: SLO) -> Iterator[SLO]:
    yield slo
    if slo.exclusions:
        yield before_exclusions(slo)


def _at(facts: Facts, at: int, alerts: AlertsByObjective) -> Facts:
    marks = {topic: min(mark, at * 1000) for topic, mark in facts.watermarks.items()}
    return replace(facts, watermarks=marks, alerts=alerts)


def _in_parts(slos: Sequence[SLO]) -> Iterator[Sequence[SLO]]:
    for first in range(0, len(slos), AT_ONCE):
        yield slos[first : first + AT_ONCE]

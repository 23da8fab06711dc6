"""Real counts and the slices derived from them, beside a plain loop that does the same."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.evaluator.domain.delta import Deltas, Ints
from services.evaluator.domain.since import Since
from services.evaluator.domain.sliced import Fed, Sliced
from services.evaluator.domain.slices import Heard, Slices
from shared.domain.slice_grid import Grid
from shared.domain.slicing import NoData, Slicing
from shared.domain.slo import CalendarWindow
from tests.unit.evaluator.build import deltas

MINUTE, HOUR, DAY = 60, 3600, 86_400
NOW = 1_774_742_400 + 7  # the night in which clocks change in Berlin
TOPIC = "requests"
INDICATOR = ("slo", "indicator")
Counts = Mapping[tuple[int, int], tuple[int, int]]  # (row, time) -> good, total


def find(series: np.ndarray[Any, np.dtype[np.uint64]]) -> Ints:
    """Series 100 + n has row n."""
    return series.astype(np.int64) - 100


def fed(row: int, *, other: int | None = None, bad: bool = False, allowed: float = 0.5) -> Fed:
    return Fed(row + 100, 0 if other is None else other + 100, bad, allowed, (INDICATOR,))


def sliced(row: int, slicing: Slicing, *parts: Fed) -> Sliced:
    return Sliced(row + 100, slicing, (TOPIC,), parts)


def slicing(
    length: int = MINUTE,
    *,
    ratio: bool = False,
    no_data: str = "exclude",
    silence: int = 10 * MINUTE,
    calendar: CalendarWindow | None = None,
) -> Slicing:
    return Slicing(Grid(length, calendar), ratio, NoData(no_data), silence)


@dataclass
class World:
    """Real counts, and the derived rows that arrived for them so far."""

    sliced: list[Sliced]
    at: int = NOW
    until: int = -1
    since: Mapping[tuple[str, str], int] = field(default_factory=dict)
    real: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    derived: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    ever: set[tuple[Slicing, Fed, int]] = field(default_factory=set)
    slices: Slices = field(default_factory=lambda: Slices(NOW // 10 * 10 + 10))

    def __post_init__(self) -> None:
        self.slices.use(self.sliced, find)
        self.begin = self.slices.start or 0
        self.tick()

    def count(self, *events: tuple[int, int, int, int]) -> None:
        changes = deltas(events)
        _add(self.real, changes)
        _add(self.derived, self.slices.add([Heard(self.at, changes)]))

    def tick(self) -> None:
        to = -(-self.at // 10) * 10
        watermark = self.until * 1000
        _add(self.derived, self.slices.advance(to, lambda _: watermark, Since(self.since)))

    def restart(self) -> None:
        """Go on with what a checkpoint holds, and with the stored counts."""
        self.slices = Slices(self.slices.to, self.slices.states())
        self.slices.use(self.sliced, find)
        self.slices.fill(deltas([(*key, *counts) for key, counts in self.real.items()]))

    def expected(self) -> dict[tuple[int, int], tuple[int, int]]:
        found: dict[tuple[int, int], tuple[int, int]] = {}
        for one in self.sliced:
            row = one.series - 100
            for start, worth in naive(one, self).items():
                if worth is not None:
                    found[row, start] = (round(worth * one.slicing.whole), one.slicing.whole)
        return found


def _add(to: dict[tuple[int, int], tuple[int, int]], changes: Deltas) -> None:
    for row, time, good, total in zip(
        changes.row.tolist(), changes.time.tolist(), *changes.counts.tolist(), strict=True
    ):
        before = to.pop((row, time), (0, 0))
        after = before[0] + good, before[1] + total
        if after != (0, 0):
            to[row, time] = after


def naive(one: Sliced, world: World) -> dict[int, float | None]:
    """Return what every slice that ended is worth, by a loop over slices and parts."""
    grid, found = one.slicing.grid, {}
    until = min(world.until, -(-world.at // 10) * 10)
    per_part = [naive_part(one.slicing, part, world, until) for part in one.parts]
    start, end = grid.slice_at(world.begin)
    while end <= until:
        verdicts = [v for part in per_part if (v := part.get(start)) is not None]
        found[start] = min(verdicts) if verdicts else None
        start, end = grid.slice_at(end)
    return {start: worth for start, worth in found.items() if start >= world.begin}


def naive_part(rule: Slicing, part: Fed, world: World, until: int) -> dict[int, float | None]:
    known = counts_of(rule, part, world)
    begin = begin_of(rule, part, known, world, until)
    found: dict[int, float | None] = {}
    last_end, last = -(2**62), 0.0
    start, end = rule.grid.slice_at(world.begin)
    while end <= until:
        worth: float | None = None
        if start in known and start >= world.begin:
            good, total = known[start]
            worth = good / total if rule.ratio else float((total - good) / total <= part.allowed)
            last_end, last = end, worth
        elif rule.no_data is NoData.CARRY:
            worth = last if end - last_end <= rule.silence_after else None
        elif rule.no_data is not NoData.EXCLUDE and start >= begin:
            worth = float(rule.no_data is NoData.GOOD)
        found[start] = worth
        start, end = rule.grid.slice_at(end)
    return found


def counts_of(rule: Slicing, part: Fed, world: World) -> dict[int, tuple[int, int]]:
    """Return good and total of the slices that have events."""
    own: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    other: dict[int, int] = defaultdict(int)
    for (row, time), (good, total) in world.real.items():
        start = rule.grid.slice_at(time)[0]
        if row == part.series - 100:
            own[start][0] += good
            own[start][1] += total
        elif part.other and row == part.other - 100:
            other[start] += total
    found = {}
    for start, (good, total) in own.items():
        if part.other:
            good = total - other[start] if part.other_is_bad else other[start]
        if total > 0:
            found[start] = min(max(good, 0), total), total
    return found


def begin_of(
    rule: Slicing, part: Fed, known: Mapping[int, tuple[int, int]], world: World, until: int
) -> int:
    """Return from when on empty slices count: a first slice with events stays the first."""
    ended = {s for s in known if s >= world.begin and rule.grid.slice_at(s)[1] <= until}
    world.ever |= {(rule, part, start) for start in ended}
    begins = [start for one, fed, start in world.ever if (one, fed) == (rule, part)]
    since = world.since.get(INDICATOR)
    if since is not None:
        start, end = rule.grid.slice_at(since // 1000)
        begins.append(start if start == since // 1000 else end)
    return min(begins, default=2**62)

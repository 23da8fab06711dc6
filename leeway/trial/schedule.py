"""Where the simulated clock stops: at ticks for alerts, at the ends of buckets for breaches.

Whether anything was breached is asked whenever figures changed, however long the ticks are: so it
does not depend on them. Ticks at which nothing can have changed since the one before are left out.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from leeway.trial.arrival import Arrivals, Ints
from leeway.trial.change import Happened, changes, happened
from leeway.trial.ticks import Ticks
from services.evaluator.domain.watch import Watch
from shared.domain.bucket import BUCKET
from shared.domain.burn_window import own_window, window_before
from shared.domain.default_policy import policies_of
from shared.domain.slicing import NoData, Slicing, slicing_of
from shared.domain.slo import SLO, CalendarWindow, Objective
from shared.domain.window import MINUTE


@dataclass(frozen=True, slots=True)
class Stop:
    """A second at which the clock stops, to judge alerts, to note breaches, or for both."""

    at: int
    judges: bool
    notes: bool


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """When figures change, and when breaches are noted; `every_tick` says that none is left out."""

    ticks: Ticks
    changes: Ints
    notes: Ints
    every_tick: bool

    def stops(self, is_timed: Callable[[], bool]) -> Iterator[Stop]:
        """Yield all stops in order; `is_timed` tells whether some alert waits for the next tick."""
        tick, notes = self.ticks.first, iter(self.notes.tolist())
        note = next(notes, None)
        while True:
            at = tick if note is None else min(tick, note)
            yield Stop(at, judges=at == tick, notes=at == note)
            if at == note:
                note = next(notes, None)
            if at == self.ticks.at:
                return
            if at == tick:
                tick = self._tick_after(tick, all_of_them=self.every_tick or is_timed())

    def _tick_after(self, tick: int, *, all_of_them: bool) -> int:
        if all_of_them:
            return self.ticks.next(tick + 1)
        later = self.changes[np.searchsorted(self.changes, tick, side="right") :]
        return self.ticks.next(int(later[0])) if len(later) else self.ticks.at


def schedule_of(watch: Watch, counted: Iterable[Arrivals], ticks: Ticks) -> Schedule:
    """Return where to stop for what was counted of these definitions."""
    events = happened(counted, ticks.first, ticks.at)
    watched = {(one.slo.name, one.objective.name): (one.slo, one.objective) for one in watch.single}
    watched |= {(slo.name, objective.name): (slo, objective) for slo, objective in watch.grouped}
    promises = watched.values()
    slicings = {one for promise in promises if (one := slicing_of(*promise)) is not None}
    return Schedule(
        ticks,
        changes(events, watch.windows, slicings),
        _notes(events, promises, slicings),
        every_tick=any(_asks_for_period(*promise) for promise in promises),
    )


def _notes(
    events: Happened, promises: Collection[tuple[SLO, Objective]], slicings: Collection[Slicing]
) -> Ints:
    """Return the ends of buckets at which to ask what is breached.

    Between two changes that stays as it is, or becomes worse as a period passes: it is asked right
    after the one and right before the other. Before the windows that are shown it does not matter.
    """
    own = {own_window(*promise) for promise in promises}
    before = {one for slo, _ in promises if (one := window_before(slo)) is not None}
    earliest = min((window.bounds(events.last)[0] for window in own), default=events.last)
    found = changes(events, own | before, slicings)
    if any(one.no_data in (NoData.GOOD, NoData.BAD) for one in slicings):
        filling = np.arange(max(earliest, events.first) // MINUTE, events.last // MINUTE + 1)
        found = np.append(found, filling * MINUTE)
    ends = -(-found // BUCKET) * BUCKET
    moments = np.unique(np.append(ends, ends - BUCKET))
    return moments[(moments >= max(earliest, events.first)) & (moments <= events.last)]


def _asks_for_period(slo: SLO, objective: Objective) -> bool:
    """Tell whether an alert depends on how much of a calendar period has passed."""
    policies = policies_of(slo, objective)
    return isinstance(slo.window, CalendarWindow) and any(
        policy.condition.asks_for_budget for policy in policies
    )

"""What a set of definitions asks of one shard: which series, over which windows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.evaluator.domain.group import Grouped, Groups, Reach
from services.evaluator.domain.sliced import Sliced, sliced_of
from shared.domain.burn_window import lookback_windows, windows_of
from shared.domain.calendar import longest_period, periods_within
from shared.domain.corrected import before_exclusions, corrected_series
from shared.domain.predicate import Path
from shared.domain.reason import Reason
from shared.domain.series import invalid_key, invalid_slo, shard_of
from shared.domain.slo import SLO, Catalogue, Objective, RollingWindow, Window
from shared.domain.window import (
    DAY,
    STANDARD_WINDOWS,
    Between,
    Calendar,
    Rolling,
    WindowKey,
    in_order,
)
from shared.wire import GroupName

RESTATED = 8 * DAY  # for how long after its end the total of a period follows late events
NONE = 0  # in place of a series when there is none


@dataclass(frozen=True, slots=True)
class Watched:
    """One objective, or one group of it: the series of its total and, if apart, of its good.

    `sliced` counts its slices, where these are what the budget counts.
    """

    slo: SLO
    objective: Objective
    series: int
    other: int = NONE
    group: GroupName | None = None
    sliced: Sliced | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """What it is called in a snapshot."""
        return self.slo.name, self.objective.name, self.series


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """The part of a catalogue that one shard counts.

    `single` are the objectives without groups, `grouped` the others, what agreements promise
    included: it counts in the series of its SLO. `reach` is, per grouped
    indicator, how long a group without events is still shown. `invalid` names the
    series of rejected records by topic and reason. `topics` are those that the SLOs read.
    """

    revision: int
    slos: tuple[SLO, ...]
    windows: tuple[WindowKey, ...]
    single: tuple[Watched, ...]
    grouped: tuple[tuple[SLO, Objective], ...]
    reach: Mapping[Grouped, Reach]
    invalid: Mapping[int, tuple[str, Reason]]
    counted_from: Mapping[tuple[str, str], int]
    topics: tuple[str, ...]

    def entries(self, groups: Groups) -> tuple[Watched, ...]:
        """Return everything that is counted, with each of the groups that there are now."""
        return self.single + tuple(
            watched(slo, objective, group)
            for slo, objective in self.grouped
            for group in groups.of((slo.name, objective.indicator.key))
        )


def slos_of(catalogue: Catalogue, shards: int) -> dict[int, list[SLO]]:
    """Return the SLOs of each shard."""
    found: dict[int, list[SLO]] = {}
    for slo in catalogue.slos:
        found.setdefault(shard_of(slo.name, shards), []).append(slo)
    return found


def watch_of(catalogue: Catalogue, slos: list[SLO], shard: int, shards: int, at: int = 0) -> Watch:
    """Return what a shard must watch; `slos` are those of the catalogue that belong to it.

    Turns of a target that lie before the window at the moment `at` are left out.
    """
    names = {slo.name for slo in slos}
    promised = [slo for slo in catalogue.promised if slo.name in names]
    evaluated = (*slos, *promised)
    windows: set[WindowKey] = {Rolling(seconds) for seconds in STANDARD_WINDOWS.values()}
    single: list[Watched] = []
    grouped: list[tuple[SLO, Objective]] = []
    for slo in evaluated:
        windows |= windows_of(slo, at)
        windows |= _over(slo.window)
        for objective in slo.objectives:
            windows.update(lookback_windows(slo, objective))
            if objective.indicator.group_by:
                grouped.append((slo, objective))
            else:
                single.append(watched(slo, objective))
    windows.update(w.head for w in tuple(windows) if isinstance(w, Between) and w.head)
    return Watch(
        catalogue.revision,
        tuple(slos),
        in_order(windows),
        tuple(single),
        tuple(grouped),
        reach_of(evaluated),
        _invalid(catalogue, shard, shards),
        catalogue.counted_from,
        tuple(sorted({i.source.topic for slo in slos for i in slo.indicators()})),
    )


def watched(slo: SLO, objective: Objective, group: GroupName | None = None) -> Watched:
    """Return what an objective, or one group of it, counts."""
    values = group.values if group else ()
    other = objective.good_indicator
    return Watched(
        slo,
        objective,
        corrected_series(slo, objective.indicator, values),
        corrected_series(slo, other, values) if other else NONE,
        group,
        sliced_of(slo, objective, group.values if group else None),
    )


def counted_raw(entry: Watched) -> tuple[int, ...]:
    """Return the series of what its budget would count if nothing was excluded, where that is."""
    if not entry.slo.exclusions:
        return ()
    raw = watched(before_exclusions(entry.slo), entry.objective, entry.group)
    return (raw.sliced.series,) if raw.sliced else (raw.series, raw.other)


def _over(window: Window) -> set[WindowKey]:
    """Return the periods that are over and that late events may still change."""
    if isinstance(window, RollingWindow) or window.unit == "h":
        return set()
    return {Calendar(window, back) for back in range(1, periods_within(window, RESTATED) + 1)}


def reach_of(slos: Iterable[SLO]) -> dict[Grouped, Reach]:
    """Return how long groups are shown: of an SLO and what is promised of it the longest window.

    Indicators with the same fields share their places.
    """
    kin: dict[tuple[str, tuple[Path, ...]], dict[Grouped, None]] = defaultdict(dict)
    seconds: dict[str, int] = defaultdict(int)
    for slo in slos:
        seconds[slo.name] = max(seconds[slo.name], _longest(slo.window))
        for indicator in slo.indicators():
            if indicator.group_by:
                kin[slo.name, indicator.group_by][slo.name, indicator.key] = None
    return {
        grouped: Reach(seconds[slo], tuple(members))
        for (slo, _), members in kin.items()
        for grouped in members
    }


def _longest(window: Window) -> int:
    if isinstance(window, RollingWindow):
        return window.seconds
    return longest_period(window.unit, window.count)


def _invalid(catalogue: Catalogue, shard: int, shards: int) -> dict[int, tuple[str, Reason]]:
    reasons = [r for r in Reason if shard_of(invalid_slo(r), shards) == shard]
    topics = {source.topic for source in catalogue.sources()}
    return {invalid_key(topic, r): (topic, r) for topic in topics for r in reasons}

"""Builders for the evaluator's tests: changes, definitions, and a stand-in for ingest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from services.evaluator.domain.delta import Deltas
from services.evaluator.domain.watch import Watch, slos_of, watch_of
from shared.domain.agreement import Promise, as_slo
from shared.domain.predicate import EVERYTHING, Compare, Op
from shared.domain.series import indicator_key, series_key
from shared.domain.slo import (
    SLO,
    AlertPolicy,
    BudgetingMethod,
    CalendarWindow,
    Catalogue,
    DataSource,
    Former,
    Indicator,
    Objective,
    RollingWindow,
    Window,
)
from shared.wire import Cells, Counts, GroupName, Source, no_cells

Event = tuple[int, int, int, int]  # row, time, good, total

REQUESTS = DataSource("requests", "leeway.requests.v1", builtin=True)
NOW = 1_764_000_007
MONTH = CalendarWindow(1, "M", "1M", "2025-01-01 00:00:00", "Europe/Berlin")
DAY_IN_NEPAL = CalendarWindow(1, "d", "1d", "2025-01-01 00:00:00", "Asia/Kathmandu")


def deltas(events: Iterable[Event]) -> Deltas:
    """Return these changes, each in the 10-second bucket of its time."""
    table = np.array(list(events), np.int64).reshape(-1, 4)
    return Deltas(table[:, 0], table[:, 1] // 10 * 10, table[:, 2:].T.copy())


def indicator(*, group_by: Sequence[str] = (), source: DataSource = REQUESTS) -> Indicator:
    """Return an indicator of requests that did not fail."""
    good = Compare(("status",), Op.LT, 500)
    paths = tuple((name,) for name in group_by)
    key = indicator_key(source, EVERYTHING, good, group_by=paths)
    return Indicator(key, source, EVERYTHING, good, group_by=paths)


def slo(
    name: str = "checkout",
    *,
    target: str = "0.99",
    window: str | CalendarWindow = "30d",
    group_by: Sequence[str] = (),
    source: DataSource = REQUESTS,
    policies: Sequence[AlertPolicy] = (),
    former: Sequence[Former] = (),
) -> SLO:
    """Return an SLO with one objective."""
    counted = indicator(group_by=group_by, source=source)
    objective = Objective("availability", Decimal(target), counted, former=tuple(former))
    return SLO(name, "shop", _window(window), (objective,), policies=tuple(policies))


def sliced(
    one: SLO,
    seconds: int = 60,
    *,
    slice_target: str = "0.5",
    ratio: bool = False,
    no_data: str = "exclude",
    silence_after: int = 3_600,
) -> SLO:
    """Return an SLO that counts slices instead of events."""
    objectives = tuple(
        replace(objective, slice_seconds=seconds, slice_target=Decimal(slice_target))
        for objective in one.objectives
    )
    method = BudgetingMethod.RATIO_TIMESLICES if ratio else BudgetingMethod.TIMESLICES
    return replace(
        one,
        objectives=objectives,
        budgeting_method=method,
        no_data=no_data,
        silence_after=silence_after,
    )


def composite(one: SLO, *others: SLO) -> SLO:
    """Return an SLO with the objectives of all of these, each with its own indicator."""
    named = [replace(p.objectives[0], name=f"part-{n}") for n, p in enumerate((one, *others), 1)]
    return replace(one, objectives=tuple(named), composite=True)


def _window(written: str | CalendarWindow) -> Window:
    if isinstance(written, CalendarWindow):
        return written
    seconds = int(written[:-1]) * {"h": 3600, "d": 86_400}[written[-1]]
    return RollingWindow(seconds, written)


def catalogue(*slos: SLO, revision: int = 1, since: int = 1) -> Catalogue:
    """Return the catalogue of these SLOs, all defined by revision `since`."""
    pairs = [(one.name, i.key) for one in slos for i in one.indicators()]
    return Catalogue(revision, slos, counted_from=dict.fromkeys(pairs, since))


def promised(
    about: SLO, *, target: str = "0.8", window: str | CalendarWindow = MONTH, name: str = "deal"
) -> SLO:
    """Return an SLO's objective as an agreement promises it."""
    terms = Promise(about.name, about.objectives[0].name, Decimal(target), _window(window))
    found = as_slo(name, terms, about)
    assert found is not None
    return found


def watch(*slos: SLO, revision: int = 1, since: int = 1, promised: Sequence[SLO] = ()) -> Watch:
    """Return what the only shard must watch for these SLOs."""
    found = replace(catalogue(*slos, revision=revision, since=since), promised=tuple(promised))
    return watch_of(found, slos_of(found, 1).get(0, []), 0, 1)


def key_of(one: SLO, *group: str) -> int:
    """Return the series of an SLO's first objective."""
    return series_key(one.name, one.objectives[0].indicator.key, group)


def group_name(one: SLO, *values: str) -> GroupName:
    """Return the name of a group of an SLO's first objective."""
    return GroupName(key_of(one, *values), one.name, one.objectives[0].indicator.key, values)


@dataclass(slots=True)
class Feeder:
    """Ingest for one source: counts into the chunk it is in, and says so cumulatively."""

    partition: int = 0
    topic: str = REQUESTS.topic
    topic_id: str = "id-1"
    partitions: int = 1
    revision: int = 1
    first: int = 0
    e: int = 0
    s: int = 0
    cells: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    names: dict[int, GroupName] = field(default_factory=dict)

    def count(self, series: int, time: int, good: int, total: int) -> None:
        """Count events, one offset each."""
        before = self.cells.get((series, time // 10), (0, 0))
        self.cells[series, time // 10] = before[0] + good, before[1] + total
        self.e += max(1, total)

    def cut(self) -> None:
        """Begin a new chunk."""
        self.first = self.s = self.e
        self.cells, self.names = {}, {}

    def message(self, *, complete_until: int = -1) -> Counts:
        """Return everything that was counted of the chunk."""
        return Counts(
            self.topic,
            Source(self.topic_id, self.partition),
            self.s,
            self.first,
            self.e,
            self.revision,
            complete_until,
            self.partitions,
            cells_of(self.cells),
            tuple(self.names.values()),
        )


def cells_of(counted: dict[tuple[int, int], tuple[int, int]]) -> Cells:
    """Return counts by (series, bucket) as the wire has them."""
    if not counted:
        return no_cells()
    keys = sorted(counted)
    return Cells(
        np.array([series for series, _ in keys], np.uint64),
        np.array([bucket for _, bucket in keys], np.int64),
        np.array([counted[key][0] for key in keys], np.int64),
        np.array([counted[key][1] for key in keys], np.int64),
    )

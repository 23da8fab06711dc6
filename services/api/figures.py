"""What was counted, as the composition of a status asks for it: now or at an earlier moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from shared.domain.window import WindowKey
from shared.snapshot import CurrentAlert, Snapshot
from shared.wire import NEVER, GroupName


class Count(NamedTuple):
    """Events of one series over one interval."""

    good: int
    total: int


NOTHING = Count(0, 0)


class Figures(Protocol):
    """The counts of one shard at one moment; times in seconds, watermarks in milliseconds."""

    @property
    def at(self) -> int:
        """The moment in whole seconds."""

    def bounds(self, window: WindowKey) -> tuple[int, int]:
        """Return `(from, to)` of a window, in seconds."""

    def counted(self, series: int, window: WindowKey) -> Count | None:
        """Return the counts over a window; None when they are not known."""

    def facts(self) -> "Facts":
        """Return what is known beside the counts."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a shard beside its counts; see `shared.snapshot.Snapshot`.

    `alerts` are those that have not ended, by SLO and objective.
    """

    watermarks: Mapping[str, int]
    counted_since: Mapping[tuple[str, str], int]
    breached_at: Mapping[tuple[str, str, int], int]
    lost: Mapping[str, int]
    groups: Mapping[tuple[str, str], Sequence[GroupName]]
    alerts: Mapping[tuple[str, str], Sequence[CurrentAlert]] = field(default_factory=dict)

    def watermark(self, topics: Iterable[str]) -> int:
        """Return until when (ms) all these topics are complete; NEVER if one isn't."""
        return min((self.watermarks.get(topic, NEVER) for topic in topics), default=NEVER)


@dataclass(frozen=True)
class ShardFigures:
    """The current counts of a shard, out of its snapshot."""

    snapshot: Snapshot

    @property
    def at(self) -> int:
        """The second at which the evaluator counted."""
        return self.snapshot.at

    def bounds(self, window: WindowKey) -> tuple[int, int]:
        """Return where the window begins and ends."""
        return window.bounds(self.at)

    def counted(self, series: int, window: WindowKey) -> Count | None:
        """Return the counts of a series; None when the evaluator does not keep this window yet."""
        column = self._columns.get(window)
        if column is None:
            return None
        row = self._rows.get(series)
        if row is None:
            return NOTHING
        return Count(int(self.snapshot.good[row, column]), int(self.snapshot.total[row, column]))

    def facts(self) -> Facts:
        """Return what the snapshot says beside the counts."""
        return self._facts

    @cached_property
    def _columns(self) -> dict[WindowKey, int]:
        return {window: column for column, window in enumerate(self.snapshot.windows)}

    @cached_property
    def _rows(self) -> dict[int, int]:
        return {series: row for row, series in enumerate(self.snapshot.series.tolist())}

    @cached_property
    def _facts(self) -> Facts:
        groups: dict[tuple[str, str], list[GroupName]] = defaultdict(list)
        for name in self.snapshot.groups:
            groups[name.slo, name.indicator].append(name)
        alerts: dict[tuple[str, str], list[CurrentAlert]] = defaultdict(list)
        for alert in self.snapshot.alerts:
            alerts[alert.slo, alert.objective].append(alert)
        return Facts(
            self.snapshot.watermarks,
            self.snapshot.counted_since,
            self.snapshot.breached_at,
            self.snapshot.lost,
            groups,
            alerts,
        )


def unknown_figures(shard: int, at: int) -> ShardFigures:
    """Return the figures of a shard that no evaluator has written yet: nothing is known."""
    empty = np.empty((0, 0), np.int64)
    return ShardFigures(Snapshot(shard, at, 0, (), np.empty(0, np.uint64), empty, empty))

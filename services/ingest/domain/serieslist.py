"""The series that a chunk may count, each under a small number, in the order of the output."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.domain.reason import Reason
from shared.domain.series import invalid_key, invalid_slo, series_key, shard_of
from shared.wire import GroupName


@dataclass(frozen=True, slots=True)
class Sorted:
    """Series sorted by shard and key: the place of each number, and key and shard of each place."""

    places: NDArray[np.int64]
    keys: NDArray[np.uint64]
    shards: NDArray[np.int64]


class SeriesList:
    """Numbers series. Those of groups last until the chunk ends, all others for ever."""

    def __init__(self, shards: int) -> None:
        self._shard_count = shards
        self._keys: list[int] = []
        self._shards: list[int] = []
        self._groups: list[list[GroupName]] = [[] for _ in range(shards)]
        self._lasting = 0
        self._sorted: Sorted | None = None
        self._shard_of: dict[str, int] = {}

    def add(self, slo: str, indicator: str) -> int:
        """Number what one indicator of an SLO counts."""
        self._lasting += 1
        return self._append(series_key(slo, indicator), slo)

    def add_invalid(self, topic: str, reason: Reason) -> int:
        """Number what counts the records of a topic rejected for this reason."""
        self._lasting += 1
        return self._append(invalid_key(topic, reason), invalid_slo(reason))

    def add_group(self, slo: str, indicator: str, values: tuple[str, ...]) -> int:
        """Number one group of an indicator, until `forget_groups`."""
        key = series_key(slo, indicator, values)
        number = self._append(key, slo)
        self._groups[self._shards[number]].append(GroupName(key, slo, indicator, values))
        return number

    def forget_groups(self) -> None:
        """Drop the series of groups; their numbers are given again."""
        if len(self._keys) > self._lasting:
            del self._keys[self._lasting :], self._shards[self._lasting :]
            self._groups = [[] for _ in range(self._shard_count)]
            self._sorted = None

    def groups(self, shard: int) -> tuple[GroupName, ...]:
        """Return the names of the groups on a shard, in log order."""
        return tuple(self._groups[shard])

    def sorted(self) -> "Sorted":
        """Return how the series are sorted."""
        if self._sorted is None:
            keys, shards = np.array(self._keys, np.uint64), np.array(self._shards, np.int64)
            order = np.lexsort((keys, shards))
            places = np.empty(len(order), np.int64)
            places[order] = np.arange(len(order))
            self._sorted = Sorted(places, keys[order], shards[order])
        return self._sorted

    def _append(self, key: int, slo: str) -> int:
        shard = self._shard_of.get(slo)
        if shard is None:
            shard = self._shard_of[slo] = shard_of(slo, self._shard_count)
        self._keys.append(key)
        self._shards.append(shard)
        self._sorted = None
        return len(self._keys) - 1

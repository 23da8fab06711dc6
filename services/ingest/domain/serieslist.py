"""The series that a chunk may count, each under a small number, in the order of the output."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shared.domain.reason import Reason
from shared.domain.series import invalid_key, invalid_slo, series_key, series_keys, shard_of
from shared.wire import GroupName


@dataclass(frozen=True, slots=True)
class Sorted:
    """Series sorted by shard and key: the place of each number, and key and shard of each place."""

    places: NDArray[np.int64]
    keys: NDArray[np.uint64]
    shards: NDArray[np.int64]


@dataclass(slots=True)
class _Groups:
    """The groups of one indicator; their names are made when they are asked for."""

    shard: int
    numbers: list[int] = field(default_factory=list)
    values: list[tuple[str, ...]] = field(default_factory=list)
    names: list[GroupName] = field(default_factory=list)


class SeriesList:
    """Numbers series. Those of groups last until the chunk ends, all others for ever."""

    def __init__(self, shards: int) -> None:
        self._shard_count = shards
        self._keys: list[int] = []
        self._shards: list[int] = []
        self._groups: dict[tuple[str, str], _Groups] = {}
        self._count = 0
        self._sorted: Sorted | None = None

    def add(self, slo: str, indicator: str) -> int:
        """Number what one indicator of an SLO counts, before there are any groups."""
        return self._append(series_key(slo, indicator), slo)

    def add_invalid(self, topic: str, reason: Reason) -> int:
        """Number what counts the records of a topic rejected for this reason."""
        return self._append(invalid_key(topic, reason), invalid_slo(reason))

    def add_group(self, slo: str, indicator: str, values: tuple[str, ...]) -> int:
        """Number one group of an indicator, until `forget_groups`."""
        groups = self._groups.get((slo, indicator))
        if groups is None:
            groups = _Groups(shard_of(slo, self._shard_count))
            self._groups[slo, indicator] = groups
        groups.numbers.append(self._count)
        groups.values.append(values)
        self._sorted = None
        self._count += 1
        return self._count - 1

    def forget_groups(self) -> None:
        """Drop the series of groups; their numbers are given again."""
        if self._groups:
            self._groups = {}
            self._count = len(self._keys)
            self._sorted = None

    def groups(self) -> list[tuple[GroupName, ...]]:
        """Return the names of the groups on each shard."""
        found: list[list[GroupName]] = [[] for _ in range(self._shard_count)]
        for groups in self._named():
            found[groups.shard] += groups.names
        return [tuple(names) for names in found]

    def sorted(self) -> Sorted:
        """Return how the series are sorted."""
        if self._sorted is None:
            keys, shards = np.empty(self._count, np.uint64), np.empty(self._count, np.int64)
            keys[: len(self._keys)], shards[: len(self._keys)] = self._keys, self._shards
            for groups in self._named():
                keys[groups.numbers] = [name.series for name in groups.names]
                shards[groups.numbers] = groups.shard
            order = np.lexsort((keys, shards))
            places = np.empty(len(order), np.int64)
            places[order] = np.arange(len(order))
            self._sorted = Sorted(places, keys[order], shards[order])
        return self._sorted

    def _named(self) -> list[_Groups]:
        """Return all groups, each with its name."""
        for (slo, indicator), groups in self._groups.items():
            values = groups.values[len(groups.names) :]
            keys = series_keys(slo, indicator, values)
            groups.names += [
                GroupName(key, slo, indicator, group)
                for key, group in zip(keys, values, strict=True)
            ]
        return list(self._groups.values())

    def _append(self, key: int, slo: str) -> int:
        self._keys.append(key)
        self._shards.append(shard_of(slo, self._shard_count))
        self._sorted = None
        self._count += 1
        return self._count - 1

"""The current figures of one shard, as the evaluator stores them and the api reads them.

One compressed row a shard after every tick that changed something. It holds integers only;
ratios, burn rates, budgets and states are formed by the reader with `shared.domain.budget`.
"""

from dataclasses import dataclass, field

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from shared.wire import GroupName


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one shard counted, at `at` (whole seconds).

    `good` and `total` have the shape (series, windows): the sums of each series over
    `bounds(at, windows[j])`. Watermarks and `counted_since` are milliseconds; `breached_at` is
    the last whole second at which an objective was breached, by `(slo, objective, series)`.
    `lost` and `ambiguous` are totals since for ever, by topic. `reported` is, by topic, the
    definitions revision that every partition of it has reported.
    """

    shard: int
    at: int
    revision: int
    windows: tuple[int, ...]
    series: NDArray[np.uint64]
    good: NDArray[np.int64]
    total: NDArray[np.int64]
    groups: tuple[GroupName, ...] = ()
    watermarks: dict[str, int] = field(default_factory=dict)
    counted_since: dict[tuple[str, str], int] = field(default_factory=dict)
    breached_at: dict[tuple[str, str, int], int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    ambiguous: dict[str, int] = field(default_factory=dict)
    reported: dict[str, int] = field(default_factory=dict)


class _Packed(msgspec.Struct, array_like=True, gc=False, frozen=True):
    shard: int
    at: int
    revision: int
    windows: tuple[int, ...]
    series: bytes
    good: bytes
    total: bytes
    groups: list[tuple[int, str, str, list[str]]]
    watermarks: dict[str, int]
    counted_since: list[tuple[str, str, int]]
    breached_at: list[tuple[str, str, int, int]]
    lost: dict[str, int]
    ambiguous: dict[str, int]
    reported: dict[str, int]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Packed)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """Return the snapshot as compressed bytes."""
    packed = _Packed(
        snapshot.shard,
        snapshot.at,
        snapshot.revision,
        snapshot.windows,
        snapshot.series.astype("<u8").tobytes(),
        snapshot.good.astype("<i8").tobytes(),
        snapshot.total.astype("<i8").tobytes(),
        [(g.series, g.slo, g.indicator, list(g.values)) for g in snapshot.groups],
        snapshot.watermarks,
        [(*key, value) for key, value in snapshot.counted_since.items()],
        [(*key, value) for key, value in snapshot.breached_at.items()],
        snapshot.lost,
        snapshot.ambiguous,
        snapshot.reported,
    )
    return zstandard.compress(_ENCODER.encode(packed), 1)


def decode_snapshot(data: bytes) -> Snapshot:
    """Return the snapshot in these bytes."""
    packed = _DECODER.decode(zstandard.decompress(data))
    shape = (len(packed.series) // 8, len(packed.windows))
    return Snapshot(
        packed.shard,
        packed.at,
        packed.revision,
        packed.windows,
        np.frombuffer(packed.series, "<u8").astype(np.uint64),
        np.frombuffer(packed.good, "<i8").astype(np.int64).reshape(shape),
        np.frombuffer(packed.total, "<i8").astype(np.int64).reshape(shape),
        tuple(GroupName(s, slo, i, tuple(values)) for s, slo, i, values in packed.groups),
        packed.watermarks,
        {(slo, key): at for slo, key, at in packed.counted_since},
        {(slo, objective, series): at for slo, objective, series, at in packed.breached_at},
        packed.lost,
        packed.ambiguous,
        packed.reported,
    )

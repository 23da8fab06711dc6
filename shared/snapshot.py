"""The current figures of one shard, as the evaluator stores them and the api reads them.

One compressed row a shard after every tick that changed something. It holds integers only;
ratios, burn rates, budgets and states are formed by the reader with `shared.domain.budget`.

Counts are stored as totals and bad events (mostly few), window by window, each as narrow as it
fits and lowest bytes first: a fifth of the time and half of the bytes of plain integers.
"""

from dataclasses import dataclass, field

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from shared.domain.alert import AlertState
from shared.domain.window import WindowKey
from shared.windowcode import Code, coded, decoded
from shared.wire import GroupName


class CurrentAlert(msgspec.Struct, array_like=True, gc=False, frozen=True):
    """An alert that has not ended, pending or firing `since` a second; see `shared.domain.alert`.

    `group` holds the values of the group that it is about, nothing where that is the whole.
    """

    slo: str
    objective: str
    group: tuple[str, ...]
    policy: str
    condition: str
    severity: str
    state: AlertState
    since: int
    id: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one shard counted, at `at` (whole seconds).

    `good` and `total` have the shape (series, windows): the sums of each series over
    `windows[j]`. Watermarks and `counted_since` are milliseconds; `breached_at` is
    the last whole second at which an objective was breached, by `(slo, objective, series)`.
    `lost` and `ambiguous` are totals since for ever, by topic. `reported` is, by topic, the
    definitions revision that every partition of it has reported.
    """

    shard: int
    at: int
    revision: int
    windows: tuple[WindowKey, ...]
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
    alerts: tuple[CurrentAlert, ...] = ()


class _Packed(msgspec.Struct, array_like=True, gc=False, frozen=True):
    shard: int
    at: int
    revision: int
    windows: list[Code]
    series: bytes
    widths: list[int]  # bytes per count: of the totals by window, then of the bad
    counts: bytes
    groups: list[tuple[int, str, str, list[str]]]
    watermarks: dict[str, int]
    counted_since: list[tuple[str, str, int]]
    breached_at: list[tuple[str, str, int, int]]
    lost: dict[str, int]
    ambiguous: dict[str, int]
    reported: dict[str, int]
    alerts: tuple[CurrentAlert, ...] = ()


_WIDTHS = np.array([1, 2, 4, 8])  # bytes
_LIMITS = np.array([1 << 8 * width for width in (1, 2, 4)])  # the least count that takes more
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Packed)


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """Return the snapshot as compressed bytes."""
    counts = np.concatenate((snapshot.total.T, (snapshot.total - snapshot.good).T))
    widths = _widths(counts)
    packed = _Packed(
        snapshot.shard,
        snapshot.at,
        snapshot.revision,
        [coded(window) for window in snapshot.windows],
        snapshot.series.astype("<u8").tobytes(),
        widths.tolist(),
        b"".join(_narrowed(counts, widths)),
        [(g.series, g.slo, g.indicator, list(g.values)) for g in snapshot.groups],
        snapshot.watermarks,
        [(*key, value) for key, value in snapshot.counted_since.items()],
        [(*key, value) for key, value in snapshot.breached_at.items()],
        snapshot.lost,
        snapshot.ambiguous,
        snapshot.reported,
        snapshot.alerts,
    )
    return zstandard.compress(_ENCODER.encode(packed), 1)


def decode_snapshot(data: bytes) -> Snapshot:
    """Return the snapshot in these bytes."""
    packed = _DECODER.decode(zstandard.decompress(data))
    counts = _wide(packed)
    total = counts[: len(packed.windows)].T
    return Snapshot(
        packed.shard,
        packed.at,
        packed.revision,
        tuple(decoded(code) for code in packed.windows),
        np.frombuffer(packed.series, "<u8").astype(np.uint64),
        total - counts[len(packed.windows) :].T,
        total,
        tuple(GroupName(s, slo, i, tuple(values)) for s, slo, i, values in packed.groups),
        packed.watermarks,
        {(slo, key): at for slo, key, at in packed.counted_since},
        {(slo, objective, series): at for slo, objective, series, at in packed.breached_at},
        packed.lost,
        packed.ambiguous,
        packed.reported,
        packed.alerts,
    )


def _widths(columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many bytes the counts of each column take."""
    low, high = columns.min(axis=1, initial=0), columns.max(axis=1, initial=0)
    return np.where(low < 0, 8, _WIDTHS[np.searchsorted(_LIMITS, high, side="right")])


def _narrowed(columns: NDArray[np.int64], widths: NDArray[np.int64]) -> list[bytes]:
    """Return the counts of each column in as many bytes, their lowest bytes first."""
    found = [b""] * len(columns)
    for width in np.unique(widths).tolist():
        chosen = np.flatnonzero(widths == width)
        kind = f"<{'i' if width == 8 else 'u'}{width}"
        parts = columns[chosen].astype(kind).view(np.uint8).reshape(len(chosen), -1, width)
        for index, data in zip(chosen.tolist(), parts.transpose(0, 2, 1), strict=True):
            found[index] = data.tobytes()
    return found


def _wide(packed: _Packed) -> NDArray[np.int64]:
    """Return the columns of counts: (2 * windows, series)."""
    size, start = len(packed.series) // 8, 0
    columns = np.zeros((len(packed.widths), size), np.int64)
    for column, width in zip(columns, packed.widths, strict=True):
        parts = np.frombuffer(packed.counts, np.uint8, size * width, start).reshape(width, size)
        whole = np.ascontiguousarray(parts.T).view(f"<{'i' if width == 8 else 'u'}{width}")
        column[:] = whole[:, 0]
        start += size * width
    return columns

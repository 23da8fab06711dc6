"""The bytes on `leeway.counts.v1`. Nothing else knows their format."""

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from shared.domain.errors import LeewayError

VERSION = 1
NEVER = -1  # complete_until before anything is complete


class Source(NamedTuple):
    """One partition of one incarnation of a topic."""

    topic_id: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic_id}/{self.partition}"


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts per (series, bucket): parallel arrays, sorted by series, then bucket; no pair twice.

    `series` uint64, `bucket` int64 (event time in seconds // 10), `good` and `total` int64; they
    are not to be written to.
    """

    series: NDArray[np.uint64]
    bucket: NDArray[np.int64]
    good: NDArray[np.int64]
    total: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series)


def no_cells() -> Cells:
    """Return cells that count nothing."""
    empty = np.empty(0, np.int64)
    return Cells(np.empty(0, np.uint64), empty, empty, empty)


@dataclass(frozen=True, slots=True)
class GroupName:
    """Which series a group has: sent with the cells so that the evaluator can name it."""

    series: int
    slo: str
    indicator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """All that was counted of one chunk for one counts partition (design, section 3).

    Offsets as in the protocol: every delivered record in `[first, e)` is counted in `cells`,
    none in `[s, first)` was skipped. `complete_until` is in milliseconds since the epoch.
    `partitions` is the number of partitions of the topic.
    """

    topic: str
    source: Source
    s: int
    first: int
    e: int
    revision: int
    complete_until: int
    partitions: int
    cells: Cells = field(default_factory=no_cells)
    groups: tuple[GroupName, ...] = ()


class MalformedCounts(LeewayError):
    """A message on the counts topic is not ours, or of a version this release cannot read."""


class _Packed(msgspec.Struct, array_like=True, gc=False, frozen=True):
    version: int
    topic: str
    topic_id: str
    partition: int
    s: int
    first: int
    e: int
    revision: int
    complete_until: int
    partitions: int
    series: bytes
    bucket: bytes
    good: bytes
    total: bytes
    width: int  # bytes per good and total
    groups: list[tuple[int, str, str, list[str]]]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Packed)


def encode_counts(counts: Counts) -> bytes:
    """Return the message as bytes."""
    cells = counts.cells
    narrow = not len(cells) or int(cells.total.max()) < 2**32
    dtype = "<u4" if narrow else "<i8"
    return _ENCODER.encode(
        _Packed(
            VERSION,
            counts.topic,
            counts.source.topic_id,
            counts.source.partition,
            counts.s,
            counts.first,
            counts.e,
            counts.revision,
            counts.complete_until,
            counts.partitions,
            cells.series.astype("<u8").tobytes(),
            cells.bucket.astype("<u4").tobytes(),
            cells.good.astype(dtype).tobytes(),
            cells.total.astype(dtype).tobytes(),
            4 if narrow else 8,
            [(g.series, g.slo, g.indicator, list(g.values)) for g in counts.groups],
        )
    )


def decode_counts(payload: bytes) -> Counts:
    """Return the message in these bytes, or raise MalformedCounts."""
    try:
        packed = _DECODER.decode(payload)
    except msgspec.MsgspecError as error:
        raise MalformedCounts(f"not a counts message: {error}") from error
    if packed.version != VERSION:
        raise MalformedCounts(f"version {packed.version}, this release reads {VERSION}")
    dtype = "<u4" if packed.width == 4 else "<i8"
    cells = Cells(
        np.frombuffer(packed.series, "<u8").astype(np.uint64, copy=False),
        np.frombuffer(packed.bucket, "<u4").astype(np.int64),
        np.frombuffer(packed.good, dtype).astype(np.int64, copy=False),
        np.frombuffer(packed.total, dtype).astype(np.int64, copy=False),
    )
    return Counts(
        packed.topic,
        Source(packed.topic_id, packed.partition),
        packed.s,
        packed.first,
        packed.e,
        packed.revision,
        packed.complete_until,
        packed.partitions,
        cells,
        tuple(GroupName(s, slo, i, tuple(values)) for s, slo, i, values in packed.groups),
    )

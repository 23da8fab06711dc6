"""Which row of its shard each series has: the bytes that the evaluator stores and the api reads."""

from dataclasses import dataclass

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from shared.wire import GroupName

NOBODY = 0  # in place of the series of a row that is free


@dataclass(frozen=True, slots=True)
class Names:
    """The series of every row of a shard, and what the groups among them are called.

    Row `r` belongs to `series[r]` for as long as the series is kept, NOBODY when it is free.
    """

    series: NDArray[np.uint64]
    groups: tuple[GroupName, ...] = ()

    def row_of(self, series: int) -> int | None:
        """Return the row of a series, None when it has none."""
        found = np.flatnonzero(self.series == np.uint64(series))
        return int(found[0]) if len(found) and series != NOBODY else None


class _Packed(msgspec.Struct, array_like=True, gc=False, frozen=True):
    series: bytes
    groups: list[tuple[int, str, str, list[str]]]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Packed)


def encode_names(names: Names) -> bytes:
    """Return the names as compressed bytes."""
    groups = [(g.series, g.slo, g.indicator, list(g.values)) for g in names.groups]
    packed = _Packed(names.series.astype("<u8").tobytes(), groups)
    return zstandard.compress(_ENCODER.encode(packed), 1)


def decode_names(data: bytes) -> Names:
    """Return the names in these bytes."""
    packed = _DECODER.decode(zstandard.decompress(data))
    return Names(
        np.frombuffer(packed.series, "<u8").astype(np.uint64),
        tuple(GroupName(s, slo, i, tuple(values)) for s, slo, i, values in packed.groups),
    )

"""The bytes of one segment: what 256 series counted in each bucket of one span of time.

A segment holds two columns, the total of each cell and how many of it were bad (total - good,
mostly 0). When few cells are not zero only those are kept, with the gaps between them. Each
column is cut into planes, the lowest byte of all its values first and only as many bytes as the
largest value needs, because equal bytes side by side compress well and fast.
"""

import struct
import threading
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from shared.domain.errors import LeewayError
from shared.domain.window import DAY, HOUR, MINUTE

BLOCK = 256
"""Series in a segment: row `r` of a shard is column `r % BLOCK` of block `r // BLOCK`."""

SPANS = {10: 5 * MINUTE, MINUTE: HOUR, 15 * MINUTE: DAY}
"""Per tier (the seconds of a bucket): how many seconds a segment spans."""

KEPT = {10: 2 * HOUR, MINUTE: 10 * DAY, 15 * MINUTE: 400 * DAY}
"""Per tier: for how many seconds segments are kept."""

Column = NDArray[np.int64]
Counts = NDArray[np.signedinteger[Any]]

_VERSION = 1
_HEAD = struct.Struct("<HHBBB")  # buckets, cells kept, widths of gaps, total and bad
_ALL = 0xFFFF  # cells kept: every one, without gaps
_SPARSE_BELOW = 0.4  # share of cells that are not zero
_NARROW = 3  # bytes: the 96 quarter hours of a day add up to no more than 32 bits
_LEVEL = 1  # of zstd: higher ones cost time and gain nothing here


class MalformedSegment(LeewayError):
    """Stored bytes are not a segment, or of a version this release cannot read."""


class _Codec(threading.local):
    """A compressor and a decompressor for each thread: they must not be shared."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress
        self.decompress = zstandard.ZstdDecompressor().decompress


_codec = _Codec()


def encode_span(good: Column, total: Column) -> bytes:
    """Return the segment of counts that have the shape (buckets, BLOCK)."""
    totals = total.ravel()
    bads = totals - good.ravel()
    kept = np.flatnonzero(totals | bads)
    gaps = np.empty(0, np.int64)
    count = _ALL
    if len(kept) < _SPARSE_BELOW * len(totals):
        gaps, totals, bads = np.diff(kept, prepend=0), totals[kept], bads[kept]
        count = len(kept)
    columns = (gaps, totals, bads)
    widths = [_width(column) for column in columns]
    planes = b"".join(map(_planes, columns, widths))
    head = _HEAD.pack(len(total), count, *widths)
    return bytes([_VERSION]) + _codec.compress(head + planes)


def decode_span(data: bytes) -> Counts:
    """Return good and total of a segment: (2, buckets, BLOCK).

    They are 32 bits wide where a whole span of them adds up to less, as it mostly does, for what
    is half as large is read twice as fast. Raises MalformedSegment.
    """
    if data[:1] != bytes([_VERSION]):
        raise MalformedSegment(f"version {data[:1].hex()}, this release reads {_VERSION}")
    try:
        plain = _codec.decompress(memoryview(data)[1:])
        buckets, count, *widths = _HEAD.unpack_from(plain)
    except (struct.error, zstandard.ZstdError) as error:
        raise MalformedSegment(f"not a segment: {error}") from error
    cells = buckets * BLOCK
    lengths = (0, cells, cells) if count == _ALL else (count, count, count)
    size = sum(width * length for width, length in zip(widths, lengths, strict=True))
    if len(plain) != _HEAD.size + size:
        raise MalformedSegment(f"{len(plain)} bytes where there should be {_HEAD.size + size}")
    gaps, totals, bads = _columns(plain, widths, lengths)
    counts: Counts = np.zeros((2, cells), totals.dtype)
    kept = slice(None) if count == _ALL else np.cumsum(gaps)
    counts[1, kept] = totals
    counts[0, kept] = totals - bads
    return counts.reshape(2, buckets, BLOCK)


def _width(column: Column) -> int:
    """Return how many bytes each value needs; negative values need all."""
    if not len(column):
        return 0
    return 8 if column.min() < 0 else -(-int(column.max()).bit_length() // 8)


def _planes(column: Column, width: int) -> bytes:
    low_first = np.ascontiguousarray(column, "<i8").view(np.uint8).reshape(-1, 8)
    return low_first[:, :width].T.tobytes()


def _columns(plain: bytes, widths: list[int], lengths: tuple[int, ...]) -> list[Counts]:
    dtype = np.int32 if max(widths) <= _NARROW else np.int64
    columns = []
    offset = _HEAD.size
    for width, length in zip(widths, lengths, strict=True):
        columns.append(_column(plain, offset, width, length, dtype))
        offset += width * length
    return columns


def _column(
    plain: bytes, offset: int, width: int, length: int, dtype: type[np.signedinteger[Any]]
) -> Counts:
    planes = np.frombuffer(plain, np.uint8, width * length, offset).reshape(width, length)
    column: Counts = planes[-1].astype(dtype) if width else np.zeros(length, dtype)
    for plane in planes[-2::-1]:
        column <<= 8
        column |= plane
    return column

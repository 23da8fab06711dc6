"""The bytes of a fold inside a shard's checkpoint."""

import msgspec
import numpy as np

from services.evaluator.domain.fold import Applied, Fold
from services.evaluator.domain.watermark import Claims, Report
from shared.domain.errors import LeewayError
from shared.wire import Cells, Source

VERSION = 1


class UnreadableFold(LeewayError):
    """Stored bytes are not a fold, or of a version this release cannot read."""


class _Heard(msgspec.Struct, array_like=True, gc=False, frozen=True):
    topic_id: str
    partition: int
    complete: int
    revision: int


class _Applied(msgspec.Struct, array_like=True, gc=False, frozen=True):
    topic_id: str
    partition: int
    first: int
    e: int
    revision: int
    series: bytes
    bucket: bytes
    good: bytes
    total: bytes


class _Packed(msgspec.Struct, array_like=True, gc=False, frozen=True):
    version: int
    shard: int
    shards: int
    applied: list[_Applied]
    heard: list[_Heard]
    partitions: dict[str, int]
    incarnation: dict[str, str]
    reports: dict[str, list[tuple[int, int]]]
    lost: dict[str, int]
    missed: dict[str, int]
    ambiguous: dict[str, int]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Packed)


def encode_fold(fold: Fold) -> bytes:
    """Return the whole fold as bytes."""
    claims = fold.claims
    return _ENCODER.encode(
        _Packed(
            VERSION,
            fold.shard,
            fold.shards,
            [_pack(source, applied) for source, applied in fold.applied.items()],
            [
                _Heard(s.topic_id, s.partition, complete, claims.revisions.get(s, 0))
                for s, complete in claims.complete.items()
            ],
            claims.partitions,
            claims.incarnation,
            {topic: [(r.revision, r.at) for r in found] for topic, found in claims.reports.items()},
            fold.lost,
            fold.missed,
            fold.ambiguous,
        )
    )


def decode_fold(data: bytes) -> Fold:
    """Return the fold in these bytes, or raise UnreadableFold."""
    try:
        packed = _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        raise UnreadableFold(f"not a checkpoint of a fold: {error}") from error
    if packed.version != VERSION:
        raise UnreadableFold(f"version {packed.version}, this release reads {VERSION}")
    heard = {Source(h.topic_id, h.partition): h for h in packed.heard}
    return Fold(
        packed.shard,
        packed.shards,
        {Source(a.topic_id, a.partition): _unpack(a) for a in packed.applied},
        Claims(
            {source: h.complete for source, h in heard.items()},
            {source: h.revision for source, h in heard.items() if h.revision},
            packed.partitions,
            packed.incarnation,
            {topic: [Report(*r) for r in found] for topic, found in packed.reports.items()},
        ),
        packed.lost,
        packed.missed,
        packed.ambiguous,
    )


def _pack(source: Source, applied: Applied) -> _Applied:
    cells = applied.cells
    return _Applied(
        source.topic_id,
        source.partition,
        applied.first,
        applied.e,
        applied.revision,
        cells.series.astype("<u8").tobytes(),
        cells.bucket.astype("<i8").tobytes(),
        cells.good.astype("<i8").tobytes(),
        cells.total.astype("<i8").tobytes(),
    )


def _unpack(packed: _Applied) -> Applied:
    cells = Cells(
        np.frombuffer(packed.series, "<u8").astype(np.uint64),
        np.frombuffer(packed.bucket, "<i8").astype(np.int64),
        np.frombuffer(packed.good, "<i8").astype(np.int64),
        np.frombuffer(packed.total, "<i8").astype(np.int64),
    )
    return Applied(packed.first, packed.e, cells, packed.revision)

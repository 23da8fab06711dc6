"""Flushes to write, and everything that a shard holds after them."""

from dataclasses import dataclass

from shared.memory import MemoryShards
from shared.sql.shards import Flush, Segment, SqlShards

FOREVER = 2**40


@dataclass(frozen=True)
class Held:
    """Everything that is stored of one shard, but for its epoch."""

    checkpoint: tuple[int, str, bytes | None, bytes | None, int, int]
    segments: tuple[Segment, ...]


def a_flush(epoch: int, *, shard: int = 0, version: int = 1, blocks: int = 3) -> Flush:
    """Return a flush that touches every table, with contents that tell its version."""
    text = f"v{version}".encode()
    return Flush(
        shard=shard,
        epoch=epoch,
        next_offset=version,
        topic_id=f"topic-{version}",
        state=b"state " + text,
        closed_10s=300 * version,
        closed_60s=3600 * version,
        names=b"names " + text,
        segments=[
            Segment(tier, tier * 30 * start, block, text * 100)
            for tier in (10, 60)
            for start in (version, version + 1)
            for block in range(blocks)
        ],
        thin={10: 300 * version, 60: 1800 * version},
    )


async def everything(shards: SqlShards | MemoryShards, shard: int = 0) -> Held:
    """Take a shard over, and return all that is stored of it."""
    claim = await shards.claim(shard)
    found = [s for tier in (10, 60) for s in await shards.segments(shard, tier, 0, FOREVER)]
    return Held(
        (
            claim.next_offset,
            claim.topic_id,
            claim.state,
            claim.names,
            claim.closed_10s,
            claim.closed_60s,
        ),
        tuple(found),
    )


async def held_after(versions: int) -> Held:
    """Return what a shard holds after this many flushes, one version after the other."""
    shards = MemoryShards()
    claim = await shards.claim(0)
    for version in range(1, versions + 1):
        await shards.flush(a_flush(claim.epoch, version=version))
    return await everything(shards)

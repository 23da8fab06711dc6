"""What a consumer group committed, with the text beside it, which a consumer cannot read back."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Protocol

from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from shared.domain.errors import BrokerUnavailable
from shared.kafka.partition import Commit, Partition
from shared.kafka.trouble import translated

LOADING_SECONDS = 30.0  # for a coordinator that was started, or moved, a moment ago
PAUSE_SECONDS = 0.2


class Offsets(Protocol):
    """The part of aiokafka's admin client that is needed here."""

    async def list_consumer_group_offsets(
        self, group_id: str, *, partitions: list[TopicPartition]
    ) -> Mapping[TopicPartition, OffsetAndMetadata]: ...


async def committed(
    admin: Offsets, group: str, partitions: Collection[Partition]
) -> dict[Partition, Commit | None]:
    """Return what the group committed for each partition; None where it never did.

    Raises BrokerUnavailable when no coordinator of the group answers for half a minute. aiokafka
    drops the error of a whole answer: one that lacks partitions is such an error, and must not
    pass for "nothing was committed".
    """
    if not partitions:
        return {}
    wanted = [TopicPartition(*p) for p in partitions]
    failed = f"cannot read what the group {group} committed"
    for _ in range(int(LOADING_SECONDS / PAUSE_SECONDS)):
        with translated(failed):
            found = await admin.list_consumer_group_offsets(group, partitions=wanted)
        if all(place in found for place in wanted):
            return {p: _commit(found[TopicPartition(*p)]) for p in partitions}
        await asyncio.sleep(PAUSE_SECONDS)
    raise BrokerUnavailable(
        f"{failed}: its coordinator is not ready, or an ACL on the consumer group (Read) is missing"
    )


def _commit(place: OffsetAndMetadata) -> Commit | None:
    return Commit(place.offset, place.metadata or "") if place.offset >= 0 else None

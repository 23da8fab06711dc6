"""What a consumer group committed, with the text beside it, which a consumer cannot read back."""

from collections.abc import Collection

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka.partition import Commit, Partition
from shared.kafka.trouble import translated


async def committed(
    admin: AIOKafkaAdminClient, group: str, partitions: Collection[Partition]
) -> dict[Partition, Commit | None]:
    """Return what the group committed for each partition; None where it never did."""
    if not partitions:
        return {}
    wanted = [TopicPartition(*p) for p in partitions]
    with translated(f"cannot read what the group {group} committed"):
        found = await admin.list_consumer_group_offsets(group, partitions=wanted)
    places = {p: found.get(TopicPartition(*p)) for p in partitions}
    return {
        p: Commit(place.offset, place.metadata or "") if place and place.offset >= 0 else None
        for p, place in places.items()
    }

"""Raw events, read by a consumer group that commits its own place with a text beside it."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata

from shared.kafka.connection import KafkaConnection
from shared.kafka.group_log import GroupLog, open_group
from shared.kafka.offsets import committed
from shared.kafka.partition import Commit, Partition
from shared.kafka.topics import open_admin
from shared.kafka.trouble import translated


class RawLog(GroupLog):
    """A member of the group that reads raw topics."""

    def __init__(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient, group: str) -> None:
        super().__init__(consumer)
        self._admin = admin
        self._group = group

    async def committed(self, partitions: Collection[Partition]) -> dict[Partition, Commit | None]:
        """Return what the group committed for each partition; None where it never did."""
        return await committed(self._admin, self._group, partitions)

    async def commit(self, partition: Partition, offset: int, metadata: str) -> None:
        """Store the group's place; raises BrokerUnavailable also when the partition was lost."""
        await self.commit_all({partition: Commit(offset, metadata)})

    async def commit_all(self, places: Mapping[Partition, Commit]) -> None:
        """Store the group's places in one request; all fail when one partition was lost."""
        asked = {TopicPartition(*p): OffsetAndMetadata(*place) for p, place in places.items()}
        with translated(f"cannot commit {', '.join(map(str, places))}"):
            await self._consumer.commit(asked)


@asynccontextmanager
async def open_raw_log(connection: KafkaConnection, group: str) -> AsyncIterator[RawLog]:
    """Open a member of this group, without any topic yet; leave the group on exit."""
    async with open_admin(connection) as admin, open_group(connection, group) as consumer:
        yield RawLog(consumer, admin, group)

"""How much of what it reads a consumer group has not dealt with yet."""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.kafka.connection import KafkaConnection
from shared.kafka.offsets import committed
from shared.kafka.partition import Partition
from shared.kafka.topics import open_admin
from shared.kafka.trouble import connecting, translated


async def backlog(connection: KafkaConnection, group: str) -> int:
    """Return the number of offsets between what the group committed and the ends of the logs.

    Partitions for which it never committed anything are left out.
    """
    async with open_admin(connection) as admin:
        places = await committed(admin, group, await _all_partitions(admin))
    known = {TopicPartition(*p): place.offset for p, place in places.items() if place is not None}
    if not known:
        return 0
    consumer = AIOKafkaConsumer(**connection.asyncio_options())
    try:
        with connecting(connection.bootstrap, connection.suspicion):
            await consumer.start()
        with translated("cannot ask for the ends of the logs"):
            ends = await consumer.end_offsets(list(known))
    finally:
        await consumer.stop()
    return sum(max(0, end - known[partition]) for partition, end in ends.items())


async def _all_partitions(admin: AIOKafkaAdminClient) -> list[Partition]:
    with translated("cannot list the topics"):
        topics = await admin.describe_topics()
    return [
        Partition(topic["topic"], partition["partition"])
        for topic in topics
        for partition in topic["partitions"]
    ]

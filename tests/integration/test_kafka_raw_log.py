"""Reading raw topics from a real Kafka, and committing the group's place with a text beside it."""

import uuid

import pytest
from aiokafka import AIOKafkaProducer

from shared.domain.errors import BrokerUnavailable, OffsetOutOfRange
from shared.kafka.connection import KafkaConnection
from shared.kafka.partition import Commit, Partition
from shared.kafka.raw_log import open_raw_log
from tests.support.kafka.cluster import Kafka
from tests.support.kafka.member import Member, joined
from tests.support.kafka.sending import send


@pytest.fixture
def group() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


async def test_a_committed_place_comes_back_with_its_text(kafka: Kafka, group: str) -> None:
    topic = await kafka.create_topic(2)
    committed, untouched = Partition(topic, 0), Partition(topic, 1)
    async with joined(kafka.bootstrap, group, topic) as member:
        await member.until_owning(2)
        await member.log.commit(committed, 7, '{"first": 3, "s": 1}')

        places = await member.log.committed([committed, untouched])

    assert places == {committed: Commit(7, '{"first": 3, "s": 1}'), untouched: None}


async def test_a_partition_gives_nothing_before_it_was_sought(kafka: Kafka, group: str) -> None:
    topic = await kafka.create_topic(2)
    for partition in (0, 1):
        await send(kafka.bootstrap, topic, [b"a", b"b"], partition=partition)
    async with joined(kafka.bootstrap, group, topic, seeks=False) as member:
        await member.until_owning(2)
        await member.log.commit(Partition(topic, 0), 0, "")
        await member.log.commit(Partition(topic, 1), 0, "")

        member.log.seek(Partition(topic, 1), 1)
        await member.read_until(1)
        for _ in range(5):
            await member.read()

    assert member.values() == [b"b"]


async def test_a_committed_place_outside_the_log_does_not_matter_before_the_seek(
    kafka: Kafka, group: str
) -> None:
    topic = await kafka.create_topic()
    await send(kafka.bootstrap, topic, [b"a"])
    partition = Partition(topic, 0)
    async with joined(kafka.bootstrap, group, topic) as member:
        await member.until_owning(1)
        await member.log.commit(partition, 99, "")

    async with joined(kafka.bootstrap, group, topic, seeks=False) as again:
        await again.until_owning(1)
        for _ in range(5):
            assert await again.read() == 0
        again.log.seek(partition, 0)
        await again.read_until(1)


async def test_two_members_share_the_partitions_and_the_last_one_has_them_all(
    kafka: Kafka, group: str
) -> None:
    topic = await kafka.create_topic(4)
    everything = frozenset(Partition(topic, n) for n in range(4))
    async with joined(kafka.bootstrap, group, topic) as first:
        await first.until_owning(4)
        async with joined(kafka.bootstrap, group, topic) as second:
            while (len(first.owned), len(second.owned)) != (2, 2):
                await first.read()
                await second.read()
            assert first.owned | second.owned == everything
        await first.until_owning(4)

    assert [(kind, len(parts)) for kind, parts in first.rebalances] == [
        ("revoked", 0),
        ("assigned", 4),
        ("revoked", 4),
        ("assigned", 2),
        ("revoked", 2),
        ("assigned", 4),
    ]


async def test_a_member_that_lost_a_partition_cannot_commit_it(kafka: Kafka, group: str) -> None:
    topic = await kafka.create_topic(2)
    async with joined(kafka.bootstrap, group, topic) as first:
        await first.until_owning(2)
        async with joined(kafka.bootstrap, group, topic) as second:
            await second.until_owning(1)
            await first.until_owning(1)
            (lost,) = second.owned

            with pytest.raises(BrokerUnavailable, match="cannot commit"):
                await first.log.commit(lost, 1, "")


async def test_an_error_in_a_rebalance_reaches_whoever_reads(kafka: Kafka, group: str) -> None:
    class Clumsy(Member):
        async def assigned(self, partitions: frozenset[Partition]) -> None:
            await super().assigned(partitions)
            raise LookupError("no such shard")

    topic = await kafka.create_topic()
    async with open_raw_log(KafkaConnection(kafka.bootstrap), group) as log:
        member = Clumsy(log)
        log.subscribe([topic], member)
        with pytest.raises(LookupError, match="no such shard"):
            await member.read_until(1)


async def test_only_committed_transactions_are_read_and_the_position_passes_their_markers(
    kafka: Kafka, group: str
) -> None:
    topic = await kafka.create_topic()
    partition = Partition(topic, 0)
    async with (
        joined(kafka.bootstrap, group, topic) as member,
        AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=group) as producer,
    ):
        await member.until_owning(1)
        async with producer.transaction():
            await producer.send_and_wait(topic, b"kept", partition=0)
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"dropped", partition=0)

        assert await member.log.end_offsets([partition]) == {partition: 2}
        await member.read_until(1)
        await producer.abort_transaction()
        while await member.log.position(partition) < 4:
            await member.read()

        assert member.values() == [b"kept"]
        assert await member.log.end_offsets([partition]) == {partition: 4}


async def test_partitions_that_are_added_reach_the_group(kafka: Kafka, group: str) -> None:
    topic = await kafka.create_topic(1)
    async with joined(kafka.bootstrap, group, topic) as member:
        await member.until_owning(1)
        await kafka.add_partitions(topic, 3)
        await member.until_owning(3)
        await send(kafka.bootstrap, topic, [b"new"], partition=2)
        await member.read_until(1)

    assert member.values() == [b"new"]


async def test_a_position_that_retention_has_passed_is_an_error_that_names_it(
    kafka: Kafka, group: str
) -> None:
    topic = await kafka.create_topic()
    await send(kafka.bootstrap, topic, [b"a", b"b", b"c"])
    await kafka.delete_records(topic, {0: 2})
    partition = Partition(topic, 0)
    async with joined(kafka.bootstrap, group, topic, seeks=False) as member:
        await member.until_owning(1)
        member.log.seek(partition, 0)

        assert await member.log.beginning_offsets([partition]) == {partition: 2}
        with pytest.raises(OffsetOutOfRange, match=f"{topic}/0 at offset 0") as caught:
            await member.read_until(1)
        member.log.seek(partition, 2)
        await member.read_until(1)

    assert caught.value.positions == {partition: 0}
    assert member.values() == [b"c"]


async def test_reading_goes_on_after_the_broker_was_killed(kafka: Kafka, group: str) -> None:
    topic = await kafka.create_topic()
    partition = Partition(topic, 0)
    async with joined(kafka.bootstrap, group, topic) as member:
        await send(kafka.bootstrap, topic, [b"before"])
        await member.read_until(1)
        await member.log.commit(partition, 1, "text")

        kafka.kill()
        for _ in range(5):
            await member.read()
        kafka.start()
        await send(kafka.bootstrap, topic, [b"after"])
        await member.read_until(2)

        assert await member.log.committed([partition]) == {partition: Commit(1, "text")}
        assert await member.log.end_offsets([partition]) == {partition: 2}
        age = member.log.seconds_since_fetch()
    assert sorted(set(member.values())) == [b"after", b"before"]
    assert age is not None
    assert age < 5


async def test_a_frozen_broker_costs_nothing_but_time(kafka: Kafka, group: str) -> None:
    topic = await kafka.create_topic()
    async with joined(kafka.bootstrap, group, topic) as member:
        await send(kafka.bootstrap, topic, [b"before"])
        await member.read_until(1)
        kafka.freeze()
        for _ in range(40):
            assert await member.read() == 0
        kafka.thaw()
        await send(kafka.bootstrap, topic, [b"after"])
        await member.read_until(2)

    assert sorted(set(member.values())) == [b"after", b"before"]


async def test_a_record_of_ten_megabytes_is_read(kafka: Kafka, group: str) -> None:
    topic = await kafka.create_topic(config={"max.message.bytes": str(20 << 20)})
    large = 10 * (1 << 20)
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, max_request_size=20 << 20
    ) as producer:
        await producer.send_and_wait(topic, b"x" * large, partition=0)
    await send(kafka.bootstrap, topic, [b"next"])
    async with joined(kafka.bootstrap, group, topic) as member:
        await member.read_until(2)

    assert [len(value) for value in member.values()] == [large, 4]

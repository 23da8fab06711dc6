"""Writing counts, dead letters and events to a real Kafka."""

import asyncio
import random
import uuid

import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from confluent_kafka import Producer

from shared.domain.errors import BrokerUnavailable, RefusedMessage
from shared.kafka.connection import KafkaConnection
from shared.kafka.counts_log import open_counts_writer
from shared.kafka.dead_letters import LONGEST_VALUE, DeadLetter, open_dead_letters
from shared.kafka.event_writer import open_event_writer
from shared.kafka.partition import Partition
from tests.support.kafka.cluster import Kafka
from tests.support.kafka.member import joined
from tests.support.port import free_port

NOISE = random.Random(1).randbytes(1024)


async def read_all(kafka: Kafka, topic: str, count: int) -> dict[Partition, list[ConsumerRecord]]:
    async with joined(kafka.bootstrap, f"test-{uuid.uuid4().hex}", topic) as member:
        await member.read_until(count)
        return member.records


async def test_each_counts_message_goes_to_its_partition(kafka: Kafka) -> None:
    topic = await kafka.create_topic(24)
    async with open_counts_writer(KafkaConnection(kafka.bootstrap), topic) as writer:
        await asyncio.gather(
            *(writer.append_all({q: b"%d/%d" % (s, q) for q in range(24)}) for s in range(10))
        )

    found = await read_all(kafka, topic, 240)
    for q in range(24):
        values = sorted(record.value for record in found[Partition(topic, q)])
        assert values == sorted(b"%d/%d" % (s, q) for s in range(10))


async def test_a_counts_message_of_many_megabytes_that_compresses_well_is_written(
    kafka: Kafka,
) -> None:
    topic = await kafka.create_topic()
    async with open_counts_writer(KafkaConnection(kafka.bootstrap), topic) as writer:
        await writer.append_all({0: bytes(8 << 20)})

    ((record,),) = (await read_all(kafka, topic, 1)).values()
    assert len(record.value) == 8 << 20


async def test_a_counts_message_that_the_broker_refuses_is_named_with_its_size(
    kafka: Kafka,
) -> None:
    topic = await kafka.create_topic(2, config={"max.message.bytes": "500"})
    async with open_counts_writer(KafkaConnection(kafka.bootstrap), topic) as writer:
        with pytest.raises(RefusedMessage, match=f"1024 bytes to {topic}/1"):
            await writer.append_all({0: b"fits", 1: NOISE})
        await writer.append_all({0: b"fits again"})


async def test_writing_counts_survives_a_broker_that_was_killed(kafka: Kafka) -> None:
    topic = await kafka.create_topic(2)
    async with open_counts_writer(KafkaConnection(kafka.bootstrap), topic) as writer:
        await writer.append_all({0: b"0", 1: b"0"})
        kafka.kill()
        pending = asyncio.create_task(writer.append_all({0: b"1", 1: b"1"}))
        await asyncio.to_thread(kafka.start)
        await pending

    found = await read_all(kafka, topic, 4)
    assert {record.value for record in found[Partition(topic, 1)]} == {b"0", b"1"}


async def test_a_dead_letter_is_the_record_with_where_it_came_from_and_why(kafka: Kafka) -> None:
    source = await kafka.create_topic()
    topic = await kafka.create_topic()
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        await producer.send_and_wait(
            source, b"{", b"checkout", timestamp_ms=1_700_000_000_000, headers=[("trace", b"7")]
        )
    ((record,),) = (await read_all(kafka, source, 1)).values()
    async with open_dead_letters(KafkaConnection(kafka.bootstrap), topic, "g") as letters:
        assert await letters.send_all([DeadLetter(record, "not_json", "ends after {")]) == 0

    ((letter,),) = (await read_all(kafka, topic, 1)).values()
    assert (letter.key, letter.value, letter.timestamp) == (b"checkout", b"{", 1_700_000_000_000)
    assert dict(letter.headers) == {
        "trace": b"7",
        "__dlq.errors.topic": source.encode(),
        "__dlq.errors.partition": b"0",
        "__dlq.errors.offset": b"0",
        "__dlq.errors.group": b"g",
        "__dlq.errors.message": b"ends after {",
        "leeway.reason": b"not_json",
    }


async def test_a_long_dead_letter_is_cut_and_one_that_is_refused_is_passed(kafka: Kafka) -> None:
    source = await kafka.create_topic(config={"max.message.bytes": str(8 << 20)})
    topic = await kafka.create_topic()
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, max_request_size=8 << 20
    ) as producer:
        await producer.send_and_wait(source, b"v" * (2 << 20))
        huge_key = b"".join(uuid.uuid4().bytes for _ in range(1 << 17))
        await producer.send_and_wait(source, b"w", huge_key)
    (records,) = (await read_all(kafka, source, 2)).values()
    async with open_dead_letters(KafkaConnection(kafka.bootstrap), topic, "g") as letters:
        refused = await letters.send_all([DeadLetter(r, "too_large", "") for r in records])

    assert refused == 1
    ((letter,),) = (await read_all(kafka, topic, 1)).values()
    assert len(letter.value) == LONGEST_VALUE
    assert dict(letter.headers)["leeway.value-cut-from"] == str(2 << 20).encode()


async def test_events_go_to_the_partition_that_any_kafka_client_would_choose(kafka: Kafka) -> None:
    topic = await kafka.create_topic(8)
    other = await kafka.create_topic(8)
    keys = [b"service-%d" % n for n in range(40)]
    async with open_event_writer(KafkaConnection(kafka.bootstrap), "g") as writer:
        assert await writer.append_all(topic, [(key, key) for key in keys]) == 40
    java_like = Producer({"bootstrap.servers": kafka.bootstrap, "partitioner": "murmur2_random"})
    for key in keys:
        java_like.produce(other, key, key)
    assert java_like.flush(30) == 0

    ours, theirs = await read_all(kafka, topic, 40), await read_all(kafka, other, 40)
    for number in range(8):
        assert [r.value for r in ours.get(Partition(topic, number), [])] == [
            r.value for r in theirs.get(Partition(other, number), [])
        ]


async def test_many_events_and_large_ones_arrive_in_the_order_of_their_key(kafka: Kafka) -> None:
    topic = await kafka.create_topic(2)
    events = [(b"k", b"%d" % n) for n in range(20_000)]
    events.insert(10_000, (b"k", bytes(1 << 20)))
    async with open_event_writer(KafkaConnection(kafka.bootstrap), "g") as writer:
        assert await writer.append_all(topic, iter(events)) == 20_001

    (records,) = (await read_all(kafka, topic, 20_001)).values()
    assert [r.value for r in records] == [value for _, value in events]


async def test_an_unreachable_broker_is_named_with_the_cause() -> None:
    nowhere = KafkaConnection(f"127.0.0.1:{free_port()}")
    with pytest.raises(BrokerUnavailable, match=rf"{nowhere.bootstrap}.*[Cc]onnect.* refused|111"):
        async with open_counts_writer(nowhere, "counts"):
            raise AssertionError("opened")

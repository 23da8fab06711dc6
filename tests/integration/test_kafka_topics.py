"""What a real Kafka says about its topics."""

import uuid

from leeway.topic_rule import judge
from shared.kafka.connection import KafkaConnection
from shared.kafka.topics import HOUR_MS, open_topics
from tests.support.kafka.cluster import Kafka


async def test_a_topic_that_is_created_again_has_another_id(kafka: Kafka) -> None:
    name = await kafka.create_topic(2)
    async with open_topics(KafkaConnection(kafka.bootstrap)) as topics:
        before = (await topics.describe([name]))[name]
        await kafka.delete_topic(name)
        between = await topics.describe([name])
        await kafka.create_topic(2, name=name)
        after = (await topics.describe([name]))[name]

    assert between == {}
    assert before.partitions == after.partitions == 2
    assert before.id != after.id


async def test_partitions_that_are_added_are_seen_at_once_under_the_same_id(kafka: Kafka) -> None:
    name = await kafka.create_topic(1)
    async with open_topics(KafkaConnection(kafka.bootstrap)) as topics:
        before = (await topics.describe([name]))[name]
        await kafka.add_partitions(name, 3)
        after = (await topics.describe([name]))[name]

    assert (before.id, before.partitions, after.partitions) == (after.id, 1, 3)


async def test_asking_for_a_missing_topic_answers_for_the_others_and_creates_none(
    kafka: Kafka,
) -> None:
    name = await kafka.create_topic()
    missing = f"missing-{uuid.uuid4().hex}"
    async with open_topics(KafkaConnection(kafka.bootstrap)) as topics:
        for _ in range(2):
            assert set(await topics.describe([name, missing])) == {name}


async def test_a_topic_is_made_once_and_then_taken_as_it_is(kafka: Kafka) -> None:
    name = f"test-{uuid.uuid4().hex}"
    async with open_topics(KafkaConnection(kafka.bootstrap)) as topics:
        made = await topics.ensure(name, 24, retention_ms=72 * HOUR_MS)
        found = await topics.ensure(name, 6, retention_ms=72 * HOUR_MS)

    assert made == found
    assert made.partitions == 24


async def test_topics_are_described_again_after_the_broker_was_killed(kafka: Kafka) -> None:
    name = await kafka.create_topic(3)
    async with open_topics(KafkaConnection(kafka.bootstrap)) as topics:
        before = await topics.describe([name])
        kafka.kill()
        kafka.start()

        assert await topics.describe([name]) == before


async def test_how_a_topic_is_set_can_be_read(kafka: Kafka) -> None:
    name = await kafka.create_topic(2, config={"cleanup.policy": "compact", "retention.ms": "1000"})
    async with open_topics(KafkaConnection(kafka.bootstrap)) as topics:
        found = (await topics.configs([name]))[name]

    assert found.replicas == 1
    assert found.values["cleanup.policy"] == "compact"
    assert len(judge(found.values, found.replicas, raw=True).errors) == 2

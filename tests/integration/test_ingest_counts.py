"""Ingest as a process on real Kafka: everything is counted once, whatever happens to the topic."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.domain.reason import Reason
from tests.integration.ingesting import Ingesting, events, send_fast
from tests.support.kafka.cluster import Kafka
from tests.support.waiting import eventually

LARGE = 10 << 20


@pytest.fixture
async def ingesting(kafka: Kafka, tmp_path: Path) -> AsyncIterator[Ingesting]:
    running = Ingesting(kafka, tmp_path)
    yield running
    running.kill()


async def test_sigterm_in_the_middle_of_traffic_ends_with_0_and_counts_nothing_twice(
    kafka: Kafka, ingesting: Ingesting
) -> None:
    topic = await kafka.create_topic(2)
    await ingesting.prepare(topic, "checkout")

    enough = asyncio.Event()

    async def traffic() -> int:
        batch = 0
        while not enough.is_set():
            values = events(200, prefix=f"{batch}-")
            await send_fast(kafka.bootstrap, topic, values, partition=batch % 2)
            batch += 1
        return batch * 200

    sending = asyncio.create_task(traffic())
    codes = []
    for _ in range(3):
        before = (await ingesting.counted()).of("checkout")[1]
        ingesting.start()
        await ingesting.until_ready()
        await ingesting.until_counted("checkout", before + 500)
        codes += await ingesting.stop()
    enough.set()
    sent = await sending
    ingesting.start()
    found = await ingesting.until_counted("checkout", sent)
    await ingesting.until_ready()
    codes += await ingesting.stop()

    assert found.of("checkout") == (sent * 9 // 10, sent)
    assert (found.lost, found.ambiguous) == (0, 0)
    assert codes == [0, 0, 0, 0]


async def test_a_topic_deleted_and_created_again_is_a_new_source(
    kafka: Kafka, ingesting: Ingesting
) -> None:
    topic = await kafka.create_topic(1)
    await ingesting.prepare(topic, "checkout")
    await send_fast(kafka.bootstrap, topic, events(1_000))
    ingesting.start()
    await ingesting.until_counted("checkout", 1_000)

    for size in (700, 3_000):  # behind the old position, and beyond it
        before = (await ingesting.counted()).of("checkout")[1]
        await kafka.delete_topic(topic)
        await kafka.create_topic(1, name=topic)
        await send_fast(kafka.bootstrap, topic, events(size, prefix=f"{size}-"))
        found = await ingesting.until_counted("checkout", before + size)

        assert found.of("checkout") == (0.9 * (before + size), before + size)
        assert (found.lost, found.ambiguous) == (0, 0)


async def test_the_partitions_that_a_topic_gains_are_counted(
    kafka: Kafka, ingesting: Ingesting
) -> None:
    topic = await kafka.create_topic(1)
    await ingesting.prepare(topic, "checkout")
    await send_fast(kafka.bootstrap, topic, events(1_000))
    ingesting.start()
    await ingesting.until_counted("checkout", 1_000)

    await kafka.add_partitions(topic, 3)
    for partition in (1, 2):
        await send_fast(
            kafka.bootstrap, topic, events(500, prefix=f"{partition}-"), partition=partition
        )
    found = await ingesting.until_counted("checkout", 2_000)

    assert found.of("checkout") == (1_800, 2_000)
    (topic_id,) = {source.topic_id for source in found.folds[0].applied}
    assert found.folds[0].claims.partitions[topic_id] == 3


async def test_unread_records_that_retention_took_are_a_gap_of_exactly_their_number(
    kafka: Kafka, ingesting: Ingesting
) -> None:
    topic = await kafka.create_topic(1)
    await ingesting.prepare(topic, "checkout")
    await send_fast(kafka.bootstrap, topic, events(1_000))
    ingesting.start()
    await ingesting.until_counted("checkout", 1_000)
    await ingesting.stop()

    await send_fast(kafka.bootstrap, topic, events(2_000, prefix="later-"))
    await kafka.delete_records(topic, {0: 1_750})
    ingesting.start()
    found = await ingesting.until_counted("checkout", 2_250)

    assert found.of("checkout") == (2_025, 2_250)
    assert (found.lost, found.ambiguous) == (750, 0)


async def test_new_definitions_are_counted_by_within_seconds(
    kafka: Kafka, ingesting: Ingesting
) -> None:
    topic = await kafka.create_topic(1)
    await ingesting.prepare(topic, "checkout")
    ingesting.start()
    await ingesting.until_ready()

    await ingesting.define("checkout", "payment")

    async def reported() -> bool:
        return (await ingesting.counted()).folds[0].reported(topic) == 2

    await eventually(reported, "the new revision is reported", within=5)
    await send_fast(kafka.bootstrap, topic, events(100))
    found = await ingesting.until_counted("payment", 100)
    assert found.of("checkout") == found.of("payment") == (90, 100)


async def test_records_of_ten_megabytes_are_refused_one_by_one(
    kafka: Kafka, ingesting: Ingesting
) -> None:
    topic = await kafka.create_topic(1, config={"max.message.bytes": str(LARGE * 2)})
    await ingesting.prepare(topic, "checkout")
    large = b'{"id":"large","service":"shop","status":200,"padding":"' + b"x" * LARGE + b'"}'
    ingesting.start()
    for n in range(3):
        await send_fast(kafka.bootstrap, topic, events(10, prefix=f"{n}-"))
        await send_fast(kafka.bootstrap, topic, [large])
    found = await ingesting.until_counted("checkout", 30)
    await eventually(lambda: ingesting.has_letters(3), "three dead letters", within=30)

    found = await ingesting.counted()
    assert found.of("checkout") == (27, 30)
    assert found.rejected(Reason.TOO_LARGE) == 3
    for letter in await ingesting.letters():
        headers = dict(letter.headers)
        assert headers["leeway.reason"] == b"too_large"
        assert headers["leeway.value-cut-from"] == str(len(large)).encode()
        assert len(letter.value) == 256 << 10


async def test_nothing_but_rubbish_is_counted_exactly_and_does_not_flood_the_dead_letters(
    kafka: Kafka, ingesting: Ingesting
) -> None:
    topic = await kafka.create_topic(1)
    await ingesting.prepare(topic, "checkout")
    rubbish = 100_000
    await send_fast(kafka.bootstrap, topic, [b"\xff\x00 no event"] * rubbish)
    await send_fast(kafka.bootstrap, topic, events(10))
    ingesting.start()

    found = await ingesting.until_counted("checkout", 10)

    assert found.of("checkout") == (9, 10)
    assert found.rejected(Reason.NOT_JSON) + found.rejected(Reason.BAD_TEXT) == rubbish
    assert 0 < len(await ingesting.letters()) < rubbish / 10
    assert await ingesting.stop() == [0]

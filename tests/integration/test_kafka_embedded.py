"""The embedded broker of the local stack, through the same adapters as a real Kafka."""

import asyncio
from collections.abc import Iterator

import pytest

from shared.kafka import pace
from shared.kafka.connection import KafkaConnection
from shared.kafka.embedded import embedded_broker
from shared.kafka.event_writer import open_event_writer
from shared.kafka.partition import Commit, Partition
from shared.kafka.raw_log import open_raw_log
from shared.kafka.topics import open_topics
from tests.support.kafka.member import Member

TOPIC = "leeway.requests.v1"


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    with embedded_broker() as address:
        yield address


async def test_a_topic_has_the_id_of_this_run_and_is_made_only_when_wanted(bootstrap: str) -> None:
    async with open_topics(KafkaConnection(bootstrap, run_id="run-1")) as topics:
        before = await topics.describe(["new"])
        made = await topics.ensure("new", 24, retention_ms=1)
        found = await topics.describe(["new", "other"])

    assert before == {}
    assert (made.id, made.partitions) == ("run-1/new", 4)
    assert found == {"new": made}


async def test_a_member_commits_and_reads_its_place_back(bootstrap: str) -> None:
    async with open_raw_log(KafkaConnection(bootstrap, run_id="run-1"), "g") as log:
        member = Member(log)
        log.subscribe(["commits"], member)
        await member.until_owning(4)
        place = Partition("commits", 1)
        await log.commit(place, 7, "text")

        assert await log.committed([place]) == {place: Commit(7, "text")}


async def test_a_writer_waits_for_a_slow_reader_and_nothing_is_dropped(
    bootstrap: str,
) -> None:
    count, value = 150_000, b'{"service":"checkout","status":200,"pad":"%s"}' % bytes(100)
    async with (
        open_raw_log(KafkaConnection(bootstrap, run_id="run-1"), "ingest") as log,
        open_event_writer(KafkaConnection(bootstrap), "ingest") as writer,
    ):
        member = Member(log)
        log.subscribe([TOPIC], member)
        await member.until_owning(4)
        for partition in member.owned:
            await log.commit(partition, 0, "")
        writing = asyncio.create_task(
            writer.append_all(TOPIC, ((b"k%d" % (n % 9), value) for n in range(count)))
        )
        await asyncio.wait([writing], timeout=3)
        assert not writing.done(), "all was written though nothing was read"
        while sum(map(len, member.records.values())) < count:
            await member.read()
            for partition in member.owned:
                await log.commit(partition, await log.position(partition), "")

        assert await writing == count


async def test_a_writer_does_not_wait_for_a_topic_that_nobody_reads(
    bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "UNREAD_SECONDS", 0.2)
    async with open_event_writer(KafkaConnection(bootstrap), "ingest") as writer:
        events = [(b"k", bytes(1 << 20))] * 12
        assert await writer.append_all("unread", events) == 12

"""What a group has left to read, on the embedded broker."""

from shared.kafka.backlog import backlog
from shared.kafka.connection import KafkaConnection
from shared.kafka.embedded import embedded_broker
from shared.kafka.event_writer import open_event_writer
from shared.kafka.partition import Partition
from shared.kafka.raw_log import open_raw_log
from tests.support.kafka.member import Member


async def test_the_backlog_is_what_lies_between_the_commits_and_the_ends() -> None:
    with embedded_broker() as bootstrap:
        connection = KafkaConnection(bootstrap, run_id="run")
        async with (
            open_event_writer(connection, "other") as writer,
            open_raw_log(connection, "g") as log,
        ):
            await writer.append_all("t", [(b"key", b"{}")] * 10)
            before = await backlog(connection, "g")
            member = Member(log)
            log.subscribe(["t"], member)
            await member.until_owning(4)
            places = [Partition("t", number) for number in range(4)]
            ends = await log.end_offsets(places)
            for place in places:
                await log.commit(place, max(0, ends[place] - 3), "")
            between = await backlog(connection, "g")
            for place in places:
                await log.commit(place, ends[place], "")

            assert (before, between, await backlog(connection, "g")) == (0, 3, 0)

"""What ingest does when the group, the topics, the definitions or the broker change."""

import asyncio
from functools import partial

import pytest

from services.ingest.domain.resume import Commit, commit_of
from services.ingest.pipeline import StalledConsumer
from shared.domain.errors import RefusedMessage
from shared.kafka.partition import Partition
from shared.wire import NEVER
from tests.unit.ingest.memory_kafka import SHARDS, MemoryKafka
from tests.unit.ingest.running import Running, events, running, series, slo


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("reader", "watch", "pipeline"):
        monkeypatch.setattr(f"services.ingest.{module}.RETRY_SECONDS", 0.02)
    monkeypatch.setattr("services.ingest.lag.LAG_SECONDS", 0.02)


@pytest.fixture
def kafka() -> MemoryKafka:
    found = MemoryKafka()
    found.create("shop")
    return found


CHECKOUT = slo("checkout", "shop")
PARTITION = Partition("shop", 0)


async def test_what_is_appended_is_counted_once(kafka: MemoryKafka) -> None:
    kafka.append("shop", events(2_500))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 2_500)
        kafka.append("shop", events(10, start=2_500))
        await ingest.until_counted("checkout", "shop", 2_510)
        assert ingest.value("leeway_ingest_events_total", source="source-shop", result="counted")


async def test_a_commit_follows_the_messages_to_all_shards_and_the_dead_letters(
    kafka: MemoryKafka,
) -> None:
    kafka.append("shop", [*events(5), b"rubbish"])
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(lambda: kafka.commits, "a commit")
        await ingest.until(lambda: kafka.commits[PARTITION].offset == 6, "all is committed")
    assert kafka.order.index("1 letters") < kafka.order.index("commit 6")
    before = kafka.order[: kafka.order.index("commit 6")]
    assert {f"counts {q}" for q in range(SHARDS)} <= set(before)


async def test_a_second_process_goes_on_from_the_commit(kafka: MemoryKafka) -> None:
    kafka.append("shop", events(100))
    async with running(kafka, CHECKOUT) as first:
        await first.until_counted("checkout", "shop", 100)
    kafka.append("shop", events(50, start=100))
    async with running(kafka, CHECKOUT) as second:
        await second.until_counted("checkout", "shop", 150)


async def test_stopping_sends_and_commits_what_was_read(kafka: MemoryKafka) -> None:
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(lambda: kafka.commits, "the first commit")
        kafka.append("shop", events(30))
        await ingest.until(lambda: ingest.raw.positions[PARTITION] == 30, "all is read")
        await ingest.stop()
        place = kafka.commits[PARTITION]
        assert place.offset == 30
        assert kafka.folded() == {series("checkout", "shop"): (30, 30)}


async def test_a_source_is_complete_when_all_that_had_arrived_is_sent(kafka: MemoryKafka) -> None:
    kafka.append("shop", events(3))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(
            lambda: any(m.complete_until == 1_000 and m.e == 3 for _, m in kafka.counts),
            "a message that says so",
        )
    assert all(m.complete_until == NEVER or m.e == 3 for _, m in kafka.counts)


async def test_markers_behind_the_last_record_hold_nothing_back(kafka: MemoryKafka) -> None:
    kafka.append("shop", events(3))
    kafka.logs[PARTITION].end = 5
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(
            lambda: any(m.complete_until == 1_000 and m.e == 5 for _, m in kafka.counts),
            "a message that reaches the end of the log",
        )


async def test_a_rebalance_that_leaves_the_partition_here_keeps_the_session(
    kafka: MemoryKafka,
) -> None:
    kafka.append("shop", events(20))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 20)
        reader = ingest.holdings.get(PARTITION)
        session = reader.session if reader else None
        await ingest.raw.rebalance()
        kafka.append("shop", events(20, start=20))
        await ingest.until_counted("checkout", "shop", 40)
        assert reader is ingest.holdings.get(PARTITION)
        assert reader is not None
        assert reader.session is session


async def test_a_partition_taken_away_is_read_no_more_and_gone_on_with_when_it_returns(
    kafka: MemoryKafka,
) -> None:
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(lambda: kafka.commits, "the first commit")
        await ingest.raw.rebalance(())
        kafka.append("shop", events(20))
        assert len(ingest.holdings) == 0
        assert not ingest.raw.positions
        await ingest.raw.rebalance()
        await ingest.until_counted("checkout", "shop", 20)


async def test_new_definitions_count_the_open_chunk_anew(kafka: MemoryKafka) -> None:
    kafka.append("shop", events(20))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 20)
        ingest.adopt(slo("payment", "shop"), revision=2)
        kafka.append("shop", events(5, start=20))
        await ingest.until_counted("payment", "shop", 25)
        assert kafka.folded() == {series("payment", "shop"): (25, 25)}


async def test_definitions_that_name_another_topic_move_on_to_it(kafka: MemoryKafka) -> None:
    kafka.create("desk")
    kafka.append("desk", events(7))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(lambda: kafka.commits, "the first commit")
        ingest.adopt(slo("tickets", "desk"), revision=2)
        await ingest.until_counted("tickets", "desk", 7)
        assert ingest.raw.subscribed == {"desk"}


async def test_a_missing_topic_is_named_and_does_not_stop_the_others(kafka: MemoryKafka) -> None:
    kafka.append("shop", events(4))
    async with running(kafka, CHECKOUT, slo("tickets", "desk")) as ingest:
        await ingest.until_counted("checkout", "shop", 4)
        assert ingest.pipeline.warnings() == ["the topic desk is missing"]
        assert ingest.pipeline.reasons() == []
        kafka.create("desk")
        kafka.append("desk", events(3))
        await ingest.until_counted("tickets", "desk", 3)
        assert ingest.pipeline.warnings() == []


async def test_ingest_is_ready_when_no_topic_is_there_at_all(kafka: MemoryKafka) -> None:
    async with running(kafka, slo("tickets", "desk")) as ingest:
        await ingest.until(ingest.pipeline.warnings, "the missing topic")
        assert ingest.pipeline.reasons() == []


async def test_a_topic_created_again_is_read_from_its_start_and_the_old_counts_stay(
    kafka: MemoryKafka,
) -> None:
    kafka.append("shop", events(10))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 10)
        kafka.create("shop")
        kafka.append("shop", events(30))
        await ingest.until_counted("checkout", "shop", 40)
    assert {m.source.topic_id for _, m in kafka.counts} == {"shop-1", "shop-2"}


async def test_what_was_read_of_a_topic_created_again_is_not_counted_for_the_old_one(
    kafka: MemoryKafka,
) -> None:
    kafka.append("shop", events(5))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 5)
        kafka.create("shop")
        kafka.append("shop", events(10))  # so that the old position lies within the new log
        await ingest.until_read_again()
        await ingest.until_counted("checkout", "shop", 15)
    assert max(m.e for _, m in kafka.counts if m.source.topic_id == "shop-1") == 5


async def test_partitions_that_a_topic_gains_are_read(kafka: MemoryKafka) -> None:
    kafka.append("shop", events(3))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 3)
        kafka.add_partitions("shop", 2)
        kafka.append("shop", events(4), number=1)
        await ingest.raw.rebalance()
        await ingest.until_counted("checkout", "shop", 7)
        assert {m.partitions for _, m in kafka.counts if m.source.partition == 1} == {2}


async def test_retention_that_passes_the_reader_leaves_an_exact_gap(kafka: MemoryKafka) -> None:
    kafka.append("shop", events(10))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 10)
    kafka.append("shop", events(90, start=10))
    kafka.logs[PARTITION].start = 60
    kafka.logs[PARTITION].records = kafka.logs[PARTITION].records[60:]
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(lambda: any(m.e == 100 for _, m in kafka.counts), "the rest is read")
    gap = next(m for _, m in kafka.counts if m.s == 60)
    assert (gap.first, gap.s) == (60, 60)


async def test_an_offset_out_of_range_while_reading_begins_again_at_the_start_of_the_log(
    kafka: MemoryKafka,
) -> None:
    kafka.append("shop", events(10))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 10)
        kafka.logs[PARTITION] = log = type(kafka.logs[PARTITION])([], 20, 20)
        await ingest.until(
            lambda: any(m.s == 20 and m.e == 20 for _, m in kafka.counts), "going on at 20"
        )
        assert log.start == 20
        assert ingest.value("leeway_ingest_sessions_dropped_total", cause="OffsetOutOfRange")


async def test_a_truncated_log_stops_its_partition_and_no_other(kafka: MemoryKafka) -> None:
    kafka.add_partitions("shop", 2)
    kafka.append("shop", events(10))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 10)
    kafka.logs[PARTITION].records, kafka.logs[PARTITION].end = [], 4
    kafka.append("shop", events(5, start=10), number=1)
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 15)
        await ingest.until(lambda: ingest.pipeline.reasons(), "it says so")
        (reason,) = ingest.pipeline.reasons()
        assert "shop/0" in reason
        assert "offset 10 was read and committed, but the log now ends at 4" in reason
        assert PARTITION in ingest.raw.paused


async def test_a_stopped_partition_goes_on_when_its_topic_is_created_again(
    kafka: MemoryKafka,
) -> None:
    kafka.append("shop", events(10))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 10)
    kafka.logs[PARTITION].records, kafka.logs[PARTITION].end = [], 4
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(lambda: ingest.value("leeway_ingest_stopped_partitions"), "it stops")
        kafka.create("shop")
        kafka.append("shop", events(2))
        await ingest.until_counted("checkout", "shop", 12)


async def test_a_failed_append_drops_the_session_and_nothing_is_lost_or_doubled(
    kafka: MemoryKafka,
) -> None:
    kafka.append("shop", events(25))
    kafka.failing_appends = 5
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until_counted("checkout", "shop", 25)
        assert ingest.value("leeway_ingest_sessions_dropped_total", cause="BrokerUnavailable") == 5


async def test_an_unreachable_broker_is_waited_for(kafka: MemoryKafka) -> None:
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(lambda: kafka.commits, "the first commit")
        kafka.reachable = False
        await ingest.until(lambda: ingest.pipeline.reasons(), "it says so")
        kafka.append("shop", events(6))
        kafka.reachable = True
        await ingest.until_counted("checkout", "shop", 6)
        await ingest.until(lambda: not ingest.pipeline.reasons(), "it is ready again")


async def test_a_refused_counts_message_ends_the_process_naming_source_chunk_and_size(
    kafka: MemoryKafka,
) -> None:
    kafka.append("shop", events(1))
    kafka.refusing = "too large"
    ingest = Running(kafka)
    ingest.adopt(CHECKOUT)
    ingest.start()
    with pytest.raises(ExceptionGroup) as ended:
        await ingest.task
    refused = ended.value.subgroup(RefusedMessage)
    assert refused is not None
    text = str(refused.exceptions[0])
    assert "source shop/0, chunk from offset 0, 0: " in text
    assert "bytes" in text


async def test_a_backlog_of_many_chunks_is_read_no_faster_than_it_is_sent(
    kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.reader.WAITING_EMISSIONS", 4)
    most = 0
    for minute in range(300):
        kafka.append("shop", events(10, start=minute * 10), timestamp=minute * 60_000)
    async with running(kafka, CHECKOUT) as ingest:
        paused = asyncio.Event()
        monkeypatch.setattr("services.ingest.pipeline.BATCH_RECORDS", 20)

        def look() -> bool:
            nonlocal most
            reader = ingest.holdings.get(PARTITION)
            if reader is not None and reader.session is not None:
                most = max(most, len(reader.session.outbox))
            if ingest.raw.paused:
                paused.set()
            return bool(
                kafka.folded().get(series("checkout", "shop")) == (3_000, 3_000)
                and kafka.commits[PARTITION].offset == 3_000
            )

        await ingest.until(look, "all is counted")
        assert paused.is_set()
    assert most <= 100


async def test_commits_name_the_incarnation_of_the_topic(kafka: MemoryKafka) -> None:
    kafka.append("shop", events(3))
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(
            lambda: kafka.commits and kafka.commits[PARTITION].offset == 3, "a commit"
        )
    place = kafka.commits[PARTITION]
    assert commit_of(place.offset, place.metadata, "shop-1") == Commit(3, 0, 0)
    assert commit_of(place.offset, place.metadata, "shop-2") is None


async def test_a_client_that_hangs_while_kafka_answers_ends_the_process(
    kafka: MemoryKafka,
) -> None:
    ingest = Running(kafka)
    ingest.adopt(CHECKOUT)
    ingest.start()
    await ingest.until(lambda: kafka.commits, "the first commit")
    ingest.raw.silent_for = 60.0
    assert ingest.pipeline.reasons() == ["Kafka was not read for 60 s"]
    ingest.raw.silent_for = 200.0
    with pytest.raises(ExceptionGroup) as ended:
        await ingest.task
    assert ended.value.subgroup(StalledConsumer)


async def test_a_client_that_was_not_asked_to_fetch_yet_does_not_hang(
    kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.pipeline.STALL_SECONDS", 0.5)
    async with running(kafka, slo("tickets", "desk")) as ingest:
        ingest.raw.silent_for = None
        await asyncio.sleep(0.6)
        kafka.create("desk")
        await ingest.until(lambda: kafka.commits, "the first commit")
        assert not ingest.task.done()


async def test_a_client_that_forgot_its_last_fetch_in_a_rebalance_does_not_hang(
    kafka: MemoryKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.pipeline.STALL_SECONDS", 0.5)
    async with running(kafka, CHECKOUT) as ingest:
        await ingest.until(lambda: kafka.commits, "the first commit")
        await asyncio.sleep(0.6)
        ingest.raw.silent_for = None
        await ingest.raw.rebalance()
        reads = ingest.raw.reads
        await ingest.until(lambda: ingest.raw.reads > reads + 3, "reading goes on")
        assert not ingest.task.done()


async def test_the_lag_of_a_topic_that_is_not_read_here_any_more_is_not_shown(
    kafka: MemoryKafka,
) -> None:
    async with running(kafka, CHECKOUT) as ingest:
        registry = ingest.metrics.registry
        lag = ("leeway_pipeline_lag_seconds", {"topic": "shop"})
        await ingest.until(lambda: registry.get_sample_value(*lag) is not None, "a lag")
        await ingest.raw.rebalance(())
        await ingest.until(lambda: registry.get_sample_value(*lag) is None, "no lag")


async def test_records_that_wait_to_be_counted_are_shown_until_they_are(
    kafka: MemoryKafka,
) -> None:
    kafka.append("shop", events(30))
    async with running(kafka, CHECKOUT) as ingest:
        lag = ("leeway_ingest_lag_records", {"topic": "shop"})
        shown = partial(ingest.metrics.registry.get_sample_value, *lag)
        await ingest.until(lambda: shown() == 0, "that nothing waits")
        ingest.raw.pause([PARTITION])
        kafka.append("shop", events(7, start=30))
        await ingest.until(lambda: shown() == 7, "that seven wait")
        ingest.raw.resume([PARTITION])
        await ingest.until(lambda: shown() == 0, "that nothing waits any more")
        kafka.reachable = False
        await ingest.until(lambda: shown() is None, "that nobody knows")
        kafka.reachable = True
        await ingest.until(lambda: shown() == 0, "that it is known again")
        await ingest.raw.rebalance(())
        await ingest.until(lambda: shown() is None, "that the topic is not ours")

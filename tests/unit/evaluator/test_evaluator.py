"""The evaluator's work, from the counts log to what is stored and exported."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.domain.bucket import BUCKET
from shared.domain.errors import TruncatedLog
from shared.domain.window import DAY, HOUR, Rolling
from shared.health import SILENCE_SECONDS
from shared.kafka.partition import Partition
from tests.support.waiting import eventually
from tests.unit.evaluator.build import NOW, Feeder
from tests.unit.evaluator.rig import AWAY, TOPIC, Rig, Running, body, key_of

CHECKOUT = body()


def counted(events: int) -> Feeder:
    feeder = Feeder()
    feeder.count(key_of(CHECKOUT), NOW, events, events)
    return feeder


def total_is(rig: Rig, events: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return await rig.total(CHECKOUT) == events

    return holds


def is_ready(running: Running) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return not running.readiness.reasons()

    return holds


async def test_counts_in_the_log_become_a_status() -> None:
    rig = Rig()
    await rig.define(CHECKOUT)
    async with rig.running():
        rig.log.append(0, counted(7).message(complete_until=NOW * 1000))
        await eventually(total_is(rig, 7), "the status")
        snapshot = await rig.snapshot()
        assert snapshot is not None
        assert snapshot.watermarks == {"leeway.requests.v1": NOW * 1000}
        assert snapshot.counted_since == {("checkout", "availability"): NOW * 1000}
        assert snapshot.windows[-1] == Rolling(30 * DAY)


async def test_the_newest_events_count_from_the_first_moment_of_their_bucket_on() -> None:
    rig = Rig()
    rig.at = NOW - NOW % BUCKET + 0.4
    await rig.define(CHECKOUT)
    async with rig.running():
        rig.log.append(0, counted(7).message(complete_until=int(rig.at * 1000)))
        await eventually(total_is(rig, 7), "the status")


async def test_a_second_start_goes_on_where_the_first_ended() -> None:
    rig, feeder = Rig(), counted(7)
    await rig.define(CHECKOUT)
    async with rig.running():
        rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 7), "the first status")
    feeder.count(key_of(CHECKOUT), NOW, 1, 1)
    rig.log.append(0, feeder.message())
    async with rig.running():
        await eventually(total_is(rig, 8), "the second status")


async def test_what_has_arrived_is_counted_before_it_stops() -> None:
    rig = Rig()
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        await eventually(is_ready(running), "readiness")
        rig.log.append(0, counted(7).message())
    assert await rig.total(CHECKOUT) == 7
    assert rig.store.flushes[-1].next_offset == 1


async def test_an_unreachable_database_stops_neither_counting_nor_metrics() -> None:
    rig, feeder = Rig(), counted(7)
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 7), "the status")
        rig.store.away = True
        feeder.count(key_of(CHECKOUT), NOW, 1, 1)
        rig.log.append(0, feeder.message())

        async def exported() -> bool:
            return running.line("leeway_events_total").endswith(" 8")

        async def noticed() -> bool:
            return any("database" in reason for reason in running.readiness.reasons())

        await eventually(exported, "the metric")
        await eventually(noticed, "the reason for not being ready")
        rig.store.away = False
        await eventually(total_is(rig, 8), "the status afterwards")
        await eventually(is_ready(running), "readiness afterwards")


async def test_a_flush_of_unknown_outcome_is_repeated_as_it_was() -> None:
    rig, feeder = Rig(), Feeder()
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        await eventually(is_ready(running), "readiness")
        rig.store.unsure = 2
        feeder.count(key_of(CHECKOUT), NOW - 5 * DAY, 3, 3)
        rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 3), "the status")

        async def written() -> bool:
            return len(rig.store.flushes) >= 3

        await eventually(written, "three attempts")
    assert len({flush.segments[0].data for flush in rig.store.flushes if flush.segments}) == 1
    async with rig.running():
        await eventually(total_is(rig, 3), "the same figures after a restart")


async def test_a_fenced_shard_is_dropped_with_its_figures_and_taken_again_later() -> None:
    rig = Rig()
    await rig.define(CHECKOUT)
    async with rig.running(patience=0.3) as running:
        rig.log.append(0, counted(7).message())
        await eventually(total_is(rig, 7), "the status")
        await rig.store.claim(0)
        rig.log.append(0, b"anything new")

        async def dropped() -> bool:
            return not running.holding.held

        await eventually(dropped, "that the shard is dropped")
        assert not running.line("leeway_sli_ratio")

        async def again() -> bool:
            return bool(running.line("leeway_sli_ratio"))

        await eventually(again, "that the shard is taken again")
        await eventually(total_is(rig, 7), "the same figures")


async def test_a_rebalance_that_changes_nothing_loads_nothing_anew() -> None:
    rig, feeder = Rig(), counted(7)
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 7), "the status")
        epoch = running.holding.held[0].epoch
        await running.rebalance()
        feeder.count(key_of(CHECKOUT), NOW, 1, 1)
        rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 8), "the status")
        assert running.holding.held[0].epoch == epoch


async def test_reading_that_began_in_the_middle_of_a_rebalance_begins_again() -> None:
    rig, feeder = Rig(), counted(7)
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        await eventually(is_ready(running), "readiness")
        await running.evaluator.revoked(frozenset())
        await eventually(is_ready(running), "that it reads what is no longer its own")
        rig.log.positions.clear()  # as the client does when the group has decided
        await running.evaluator.assigned(frozenset({Partition(TOPIC, 0)}))
        rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 7), "the status")


async def test_records_from_before_the_position_are_not_taken() -> None:
    rig, feeder = Rig(), counted(7)
    await rig.define(CHECKOUT)
    running = Running(rig, 0.05)
    for _ in range(3):
        rig.log.append(0, feeder.message())
    rig.log.positions[0], rig.log.at_once = 0, 1
    await running.hold(next_offset=3)
    await running.intake.read(0.1)
    assert running.holding.held[0].shard.progress.next_offset == 3


async def test_records_that_come_twice_or_too_early_are_put_right() -> None:
    rig, feeder = Rig(), counted(7)
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        for _ in range(3):
            rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 7), "the status")
        rig.log.positions[0] = 0

        async def passed() -> bool:
            return rig.log.positions.get(0) == 3

        await eventually(passed, "reading the same records again")
        assert running.holding.held[0].shard.progress.next_offset == 3
        held = running.holding.held[0]
        held.shard.progress.next_offset = 1
        feeder.count(key_of(CHECKOUT), NOW, 1, 1)
        rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 8), "the status")
        assert held.shard.progress.next_offset == 4


async def test_a_shard_that_goes_to_another_process_leaves_the_metrics() -> None:
    rig = Rig(shards=2)
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        await eventually(is_ready(running), "readiness")
        await running.rebalance([1])
        assert set(running.holding.held) == {1}


async def test_the_log_of_a_recreated_topic_is_read_from_its_start() -> None:
    rig, feeder = Rig(), counted(7)
    await rig.define(CHECKOUT)
    async with rig.running():
        rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 7), "the status")
    rig.log.records.clear()
    rig.log.topic_id = "counts-2"
    feeder.count(key_of(CHECKOUT), NOW, 1, 1)
    rig.log.append(0, feeder.message())
    async with rig.running() as running:
        await eventually(total_is(rig, 8), "the status")
        assert running.holding.held[0].shard.progress.skipped == 0


async def test_a_gap_in_the_log_is_counted_and_passed() -> None:
    rig, feeder = Rig(), counted(7)
    await rig.define(CHECKOUT)
    async with rig.running():
        rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 7), "the status")
    for _ in range(3):
        rig.log.append(0, feeder.message())
    rig.log.start[0] = 3
    async with rig.running() as running:
        await eventually(is_ready(running), "readiness")
        assert running.holding.held[0].shard.progress.skipped == 2


async def test_counts_that_are_deleted_while_it_reads_are_counted_and_passed() -> None:
    rig, feeder = Rig(), counted(7)
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        rig.log.append(0, feeder.message())
        await eventually(total_is(rig, 7), "the status")
        feeder.count(key_of(CHECKOUT), NOW, 1, 1)
        for _ in range(3):
            rig.log.append(0, feeder.message())
        rig.log.start[0] = 3
        await eventually(total_is(rig, 8), "the status afterwards")
        assert running.holding.held[0].shard.progress.skipped == 2


async def test_a_log_that_ends_before_what_was_read_stops_the_process() -> None:
    rig = Rig()
    await rig.define(CHECKOUT)
    async with rig.running():
        rig.log.append(0, counted(7).message())
        await eventually(total_is(rig, 7), "the status")
    rig.log.truncated[0] = 0
    running = Running(rig, 0.05)
    work = asyncio.create_task(running.evaluator.run(asyncio.Event()))
    await running.rebalance()
    with pytest.raises(ExceptionGroup) as caught:
        await work
    assert caught.group_contains(TruncatedLog)


async def test_a_message_that_is_not_ours_is_passed_over() -> None:
    rig = Rig()
    await rig.define(CHECKOUT)
    async with rig.running():
        rig.log.append(0, b"not ours")
        rig.log.append(0, counted(7).message())
        await eventually(total_is(rig, 7), "the status")


async def test_time_goes_on_while_kafka_is_away() -> None:
    rig = Rig()
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        rig.log.append(0, counted(7).message(complete_until=NOW * 1000))
        await eventually(total_is(rig, 7), "the status")
        rig.log.failing = AWAY
        rig.at += 400

        async def left_5m() -> bool:
            snapshot = await rig.snapshot()
            return snapshot is not None and snapshot.total[0, 0] == 0 and snapshot.at == rig.at

        await eventually(left_5m, "that the windows move")
        assert running.line("leeway_pipeline_lag_seconds").endswith(" 400.0")
        assert any("Kafka" in reason for reason in running.readiness.reasons())
        rig.log.failing = None
        await eventually(is_ready(running), "readiness")


async def test_a_client_that_gets_no_answers_and_says_nothing_is_not_ready() -> None:
    rig, ages = Rig(), [None, SILENCE_SECONDS - 1, SILENCE_SECONDS + 1]
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        await eventually(is_ready(running), "readiness")
        running.vitals.watch_fetches(lambda: ages[0])
        said = []
        while ages:
            said.append(running.readiness.reasons())
            ages.pop(0)
        assert said == [[], [], ["Kafka was not read for 11 s"]]
        running.vitals.watch_fetches(lambda: 0.0)


async def test_a_definition_that_comes_later_finds_what_was_already_counted() -> None:
    rig = Rig()
    await rig.define(body("other"))
    async with rig.running() as running:
        await eventually(is_ready(running), "readiness")
        rig.log.append(0, counted(7).message())
        await rig.define(CHECKOUT, body("other"))
        await eventually(total_is(rig, 7), "the status")


async def test_a_longer_window_brings_back_what_is_stored() -> None:
    rig, feeder = Rig(), Feeder()
    await rig.define(CHECKOUT)
    feeder.count(key_of(CHECKOUT), NOW - 50 * DAY, 3, 3)
    async with rig.running() as running:
        rig.log.append(0, feeder.message())
        await eventually(is_ready(running), "readiness")
        await rig.define(body(duration="90d"))
        await eventually(total_is(rig, 3), "the sum over 90 d")


async def test_a_clock_that_is_turned_back_loads_everything_anew() -> None:
    rig = Rig()
    await rig.define(CHECKOUT)
    async with rig.running() as running:
        rig.at += HOUR
        rig.log.append(0, counted(7).message())
        await eventually(total_is(rig, 7), "the status")
        rig.at -= HOUR

        async def current() -> bool:
            snapshot = await rig.snapshot()
            return snapshot is not None and snapshot.at == NOW and int(snapshot.total[0, 0]) == 7

        await eventually(current, "the windows of the earlier time")
        assert running.holding.held


def alerting(name: str = "checkout") -> dict[str, Any]:
    """Return the document of an SLO that alerts at once when half of its requests fail."""
    condition = {"kind": "burnrate", "op": "gt", "threshold": 2, "lookbackWindow": "1h"}
    document = body(name)
    document["spec"]["alertPolicies"] = [
        {
            "kind": "AlertPolicy",
            "metadata": {"name": "fast"},
            "spec": {
                "alertWhenBreaching": True,
                "conditions": [
                    {
                        "kind": "AlertCondition",
                        "metadata": {"name": "burns"},
                        "spec": {"severity": "page", "condition": condition},
                    }
                ],
                "notificationTargets": [{"targetRef": "mail"}],
            },
        }
    ]
    return document


async def test_an_alert_is_stored_at_once_and_once_whatever_became_of_the_first_try() -> None:
    rig, feeder = Rig(), Feeder()
    await rig.define(alerting())
    async with rig.running(flush=600) as running:
        await eventually(is_ready(running), "readiness")
        rig.store.unsure = 2
        feeder.count(key_of(alerting()), NOW, 50, 100)
        rig.at += 5
        rig.log.append(0, feeder.message(complete_until=int(rig.at) * 1000))

        async def fires() -> bool:
            rig.at += 1
            feeder.e += 1
            rig.log.append(0, feeder.message(complete_until=int(rig.at) * 1000))
            states = [row.state for row in rig.store.alerts.rows.values()]
            return states == ["firing"] and len(rig.store.flushes) >= 3

        await eventually(fires, "the stored alert")
        assert [row.target for row in rig.store.alerts.outbox.values()] == ["mail"]
        snapshot = await rig.snapshot()
        assert snapshot is not None
        assert [alert.condition for alert in snapshot.alerts] == ["burns"]

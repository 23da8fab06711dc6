"""Alerts wait while a backfill arrives: its middle is nobody's error rate."""

import pytest

from shared.domain.window import HOUR, MINUTE
from tests.unit.evaluator.alarm import Alarm, policy
from tests.unit.evaluator.build import slo


def watched() -> Alarm:
    """Return a shard that has judged an objective of 99 % without events."""
    alarm = Alarm(slo(policies=[policy(lookback="1d")]))
    alarm.tick()
    return alarm


def ticks_until_firing(alarm: Alarm, most: int) -> int | None:
    """Return after how many seconds an alert fires, None when it does not within so many."""
    for passed in range(1, most + 1):
        alarm.tick()
        if alarm.states():
            return passed
    return None


def test_an_outage_in_the_past_that_good_events_follow_alarms_nobody() -> None:
    alarm = watched()
    for hour in range(20, 0, -1):  # one hour each second
        alarm.count(100 if hour == 20 else 0, 100 if hour == 20 else 10_000, ago=hour * HOUR)
        alarm.tick()
        assert alarm.steps() == []
    assert ticks_until_firing(alarm, 60) is None


def test_what_still_burns_when_a_backfill_has_ended_fires_within_twenty_seconds() -> None:
    alarm = watched()
    for hour in range(20, 0, -1):
        alarm.count(50, 100, ago=hour * HOUR)
        alarm.tick()
    assert alarm.steps() == []
    assert ticks_until_firing(alarm, 21) is not None


def test_nothing_ends_either_while_a_backfill_arrives() -> None:
    alarm = watched()
    alarm.count(50, 100)
    alarm.tick()
    assert alarm.states() == ["firing"]
    alarm.count(0, 100_000, ago=2 * HOUR)
    alarm.tick()
    assert alarm.states() == ["firing"]
    for _ in range(21):
        alarm.tick()
    assert alarm.states() == ["resolved"]


@pytest.mark.parametrize("ago", [0, 30, 60])
def test_what_happens_now_is_told_at_once(ago: int) -> None:
    alarm = watched()
    alarm.count(50, 100, ago=ago)
    assert ticks_until_firing(alarm, 1) == 1


def test_a_few_late_events_among_many_hold_nothing_up() -> None:
    alarm = watched()
    alarm.count(0, 100_000)
    alarm.tick()
    alarm.count(0, 100, ago=HOUR)
    alarm.count(50_000, 50_000)
    assert ticks_until_firing(alarm, 1) == 1


def test_counts_that_waited_to_be_read_are_not_late() -> None:
    alarm = watched()
    alarm.count(50, 100, ago=5 * MINUTE)
    message = alarm.feeder.message(complete_until=alarm.now * 1000)
    heard_at = (alarm.now - 5 * MINUTE) * 1000  # when ingest wrote them
    alarm.shard.apply(alarm.shard.progress.next_offset, heard_at, message)
    assert ticks_until_firing(alarm, 1) == 1

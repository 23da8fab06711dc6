"""A trial: what it comes to does not depend on how long its ticks are."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from leeway.trial.definitions import defined
from leeway.trial.run import Trial, run
from leeway.trial.source import EventFile, OpenFile
from shared.definitions.document import document_of
from tests.unit.definitions.builder import Body, metric, slo

NOON = 1_764_072_000  # 2025-11-25T12:00:00Z
EVERY = [1, 60, 3600]
UPTIME = metric("has(up)", "uptime")

Event = dict[str, Any]


def event(second: float, status: int = 200, **more: object) -> Event:
    return {"service": "checkout", "ts": NOON + second, "status": status} | more


def tried(events: Iterable[Event], *documents: Body, every: int = 60) -> Trial:
    definitions = defined([document_of(one) for one in documents or (slo(),)])
    lines = b"\n".join(json.dumps(one).encode() for one in events)
    file = OpenFile(EventFile(Path("events")), io.BytesIO(lines))
    return run(definitions, [file], every=every, at=None)


@pytest.mark.parametrize("every", EVERY)
def test_a_breach_between_two_ticks_was_one(every: int) -> None:
    good = [event(second) for second in (0, *range(40, 1200, 10), 7190)]

    promise = slo(changes={"spec.objectives[0].target": 0.99})
    (status,) = tried([*good, event(20, 500)], promise, every=every).statuses

    (objective,) = status["objectives"]
    assert (objective["state"], objective["ever_breached"]) == ("ok", True)


@pytest.mark.parametrize("every", EVERY)
def test_a_breach_that_began_with_what_left_the_window_was_one(every: int) -> None:
    events = [*map(event, range(200)), event(1800, 500), event(7001)]

    promise = slo(changes={"spec.objectives[0].target": 0.99, "spec.timeWindow[0].duration": "1h"})
    (status,) = tried(events, promise, every=every).statuses

    (objective,) = status["objectives"]
    assert (objective["state"], objective["ever_breached"]) == ("ok", True)


def test_an_alert_ends_at_the_tick_in_whose_bucket_the_failure_leaves_the_window() -> None:
    promise = slo(changes={"spec.timeWindow[0].duration": "1h"})

    alerts = tried([event(5.3, 500), event(1081)], promise).alerts

    page = next(one for one in alerts if one["condition"] == "slow-page")
    assert (page["from"], page["to"]) == ("2025-11-25T12:00:06Z", "2025-11-25T12:10:06Z")


def test_which_groups_have_a_place_does_not_depend_on_ticks() -> None:
    grouped = {"spec.indicator.metadata.annotations": {"leeway/group-by": "tenant"}}
    events = [event(number / 10, tenant=f"t{number}") for number in range(520)]

    answers = [tried(events, slo(changes=grouped), every=every).statuses for every in EVERY]

    assert len(answers[0][0]["groups"]) == 501
    assert all(answer == answers[0] for answer in answers)


def test_groups_that_are_seen_at_different_times_are_counted_at_those() -> None:
    grouped = {"spec.indicator.metadata.annotations": {"leeway/group-by": "tenant"}}
    events = [event(second, tenant=f"t{second // 700}") for second in range(0, 7200, 7)]

    answers = [tried(events, slo(changes=grouped), every=every).statuses for every in EVERY]

    totals = [one["objectives"][0]["total"] for one in answers[0][0]["groups"]]
    assert sorted(totals) == [29] + [100] * 10
    assert all(answer == answers[0] for answer in answers)


def test_of_several_topics_nothing_is_lost() -> None:
    up = {"ratioMetric": {"counter": True, "good": metric("up", "uptime"), "total": UPTIME}}
    promises = slo(), slo("uptime", {"spec.indicator.spec": up})
    statuses = tried((event(second, up=True) for second in range(0, 600, 5)), *promises).statuses

    assert [status["objectives"][0]["total"] for status in statuses] == [120, 120]
    assert [status["lost_offsets"] for status in statuses] == [0, 0]


def test_half_a_century_without_events_takes_no_time() -> None:
    recent = [event(second, 500 if second % 50 == 0 else 200) for second in range(0, 600, 5)]
    old = {"service": "checkout", "ts": 60, "status": 500}

    (alone,), (beside,) = tried(recent).statuses, tried([*recent, old]).statuses

    for status in (alone, beside):
        for objective in status["objectives"]:
            objective.pop("counted_since")
    assert beside == alone

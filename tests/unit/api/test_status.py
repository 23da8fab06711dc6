"""The status of an SLO, composed out of counts: the figures of the contract."""

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.figures import ShardFigures, unknown_figures
from services.api.schema.status import Status
from services.api.status import Clock, state_of, status_of
from shared.domain.alert import AlertState
from shared.domain.alert_rule import TOGETHER
from shared.domain.budget import State
from shared.domain.slo import AlertCondition, AlertPolicy
from shared.domain.window import Rolling
from shared.snapshot import CurrentAlert
from tests.unit.api.world import (
    AVAILABILITY,
    NOW,
    TOPIC,
    even,
    group_of,
    key_of,
    slo_of,
    snapshot_of,
)

CLOCK = Clock(NOW, stale_after=60)
SLO = slo_of()
OCTOBER = 1_790_812_800_000  # 2026-10-01T00:00:00Z in ms
DAY = 86_400


def figures(good: int, total: int, **more: Any) -> ShardFigures:
    return ShardFigures(snapshot_of({key_of(SLO): even(good, total, SLO)}, [SLO], **more))


def state(good: int, total: int, clock: Clock = CLOCK) -> State:
    return status_of(SLO, figures(good, total), clock, 1, {}).state


def test_a_status_is_the_one_of_the_contract() -> None:
    counts = even(99_990, 100_000, SLO) | {Rolling(300): (500, 500)}
    found = ShardFigures(
        snapshot_of(
            {key_of(SLO): counts},
            [SLO],
            counted_since={(SLO.name, "availability"): OCTOBER},
        )
    )

    answer = json.loads(status_of(SLO, found, CLOCK, 3, {}).model_dump_json())

    assert {key: answer[key] for key in answer if key not in ("objectives", "groups")} == {
        "slo": "checkout-availability",
        "display_name": None,
        "service": "checkout",
        "owner": "payments",
        "runbook": "https://runbooks.example/checkout",
        "revision": 3,
        "state": "ok",
        "reason": None,
        "at": "2026-11-23T06:00:00Z",
        "complete_until": "2026-11-23T05:59:58Z",
        "lost_offsets": 0,
        "composite": None,
        "exclusions": [],
    }
    (objective,) = answer["objectives"]
    budget, burns = objective.pop("error_budget"), objective.pop("burn_rates")
    assert objective == {
        "name": "availability",
        "target": 0.999,
        "budgeting_method": "Occurrences",
        "state": "ok",
        "window": {
            "type": "rolling",
            "duration": "30d",
            "from": "2026-10-24T06:00:00Z",
            "to": "2026-11-23T06:00:00Z",
        },
        "good": 99_990,
        "bad": 10,
        "total": 100_000,
        "sli": 0.9999,
        "coverage": 1.0,
        "events": None,
        "counted_since": "2026-10-01T00:00:00Z",
        "ever_breached": False,
        "versions": [],
        "raw": None,
        "alerts": [
            {
                "policy": "default",
                "condition": condition,
                "severity": condition.split("-")[1],
                "state": "inactive",
                "since": None,
                "alert": None,
            }
            for condition in ("fast-page", "slow-page", "fast-ticket", "slow-ticket")
        ],
        "rollup": None,
    }
    assert list(burns) == ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"]
    assert burns.pop("5m") == 0.0
    assert list(burns.values()) == [pytest.approx(0.1, rel=1e-12)] * 7
    assert budget == {
        "allowed": 100.0,
        "consumed_ratio": pytest.approx(0.1, rel=1e-12),
        "remaining_ratio": pytest.approx(0.9, rel=1e-12),
        "exhausted_at": "2027-08-20T06:00:00Z",  # 270 days at this pace
        "whole_period": None,
    }
    assert answer["groups"] == []


@pytest.mark.parametrize(
    ("good", "total", "expected"),
    [
        (1_000, 1_000, State.OK),
        (9_991, 10_000, State.OK),  # a tenth of the budget is left: not less
        (99_909, 100_000, State.AT_RISK),
        (999, 1_000, State.AT_RISK),  # exactly on target: spent, not broken
        (998, 1_000, State.BREACHED),
        (0, 0, State.NO_DATA),
    ],
)
def test_the_state_follows_the_budget(good: int, total: int, expected: State) -> None:
    assert state(good, total) is expected


@pytest.mark.parametrize(
    ("target", "good", "total"),
    [("0.97", 973, 1_000), ("0.9999", 99_991, 100_000), ("0.999", 9_991, 10_000)],
)
def test_exactly_a_tenth_of_the_budget_is_not_little(target: str, good: int, total: int) -> None:
    slo = slo_of(AVAILABILITY.replace("0.999", target))
    found = [
        ShardFigures(snapshot_of({key_of(slo): even(count, total, slo)}, [slo]))
        for count in (good, good - 1)
    ]
    states = [state_of(slo, one, CLOCK) for one in found]
    assert states == [State.OK, State.AT_RISK]


def test_old_figures_are_stale_whatever_they_say() -> None:
    later = Clock(NOW + 59, stale_after=60)  # complete until NOW - 2

    assert state(0, 10, replace(later, now=NOW + 58)) is State.BREACHED
    stale = status_of(SLO, figures(0, 10), later, 1, {})
    assert stale.state is State.STALE
    assert stale.objectives[0].state is State.STALE
    assert stale.reason == f"topic {TOPIC} is complete only until 2026-11-23T05:59:58Z"
    assert stale.objectives[0].bad == 10


def test_a_topic_that_was_never_heard_of_is_named() -> None:
    status = status_of(SLO, figures(0, 0, watermarks={}), CLOCK, 1, {})

    assert status.state is State.STALE
    assert status.complete_until is None
    assert status.reason is not None
    assert TOPIC in status.reason


def test_what_is_counted_since_a_moment_ago_is_not_stale_yet() -> None:
    since = {(SLO.name, "availability"): (NOW - 10) * 1000}
    new = figures(0, 0, watermarks={}, counted_since=since)

    assert status_of(SLO, new, CLOCK, 1, {}).state is State.NO_DATA
    assert state_of(SLO, new, replace(CLOCK, now=NOW + 50)) is State.NO_DATA
    assert state_of(SLO, new, replace(CLOCK, now=NOW + 51)) is State.STALE


def test_without_counts_ratios_are_null_and_counts_are_zero() -> None:
    (objective,) = status_of(SLO, figures(0, 0), CLOCK, 1, {}).objectives

    assert (objective.good, objective.bad, objective.total) == (0, 0, 0)
    assert objective.sli is None
    assert objective.coverage is None
    assert objective.counted_since is None
    assert objective.error_budget.remaining_ratio is None
    assert set(objective.burn_rates.values()) == {None}


def test_a_window_that_is_not_kept_yet_is_unknown_rather_than_empty() -> None:
    (objective,) = status_of(SLO, unknown_figures(0, NOW), CLOCK, 1, {}).objectives

    assert objective.total is None
    assert set(objective.burn_rates.values()) == {None}


def test_a_spent_budget_is_gone_now() -> None:
    (objective,) = status_of(SLO, figures(0, 10), CLOCK, 1, {}).objectives

    assert objective.error_budget.exhausted_at is not None
    assert objective.error_budget.exhausted_at.timestamp() == NOW
    assert objective.error_budget.remaining_ratio == pytest.approx(-999)


def test_a_budget_that_lasts_for_ages_has_no_end() -> None:
    counts = even(10**9 - 1, 10**9, slo_of()) | {Rolling(3600): (10**12 - 1, 10**12)}
    found = ShardFigures(snapshot_of({key_of(SLO): counts}, [SLO]))

    (objective,) = status_of(SLO, found, CLOCK, 1, {}).objectives

    assert objective.error_budget.exhausted_at is None


@pytest.mark.parametrize(
    ("breached_at", "expected"),
    [(NOW - 30 * DAY - 1, False), (NOW - 30 * DAY, True), (NOW, True), (NOW + 1, None)],
)
def test_ever_breached_looks_back_as_far_as_the_window(
    breached_at: int, expected: bool | None
) -> None:
    found = figures(10, 10, breached_at={(SLO.name, "availability", key_of(SLO)): breached_at})

    (objective,) = status_of(SLO, found, CLOCK, 1, {}).objectives

    assert objective.ever_breached is expected


def test_what_is_breached_now_was_ever_breached() -> None:
    assert status_of(SLO, figures(0, 1), CLOCK, 1, {}).objectives[0].ever_breached is True


def test_an_slo_is_as_bad_as_its_worst_objective() -> None:
    two = slo_of(AVAILABILITY + "    - {displayName: perfect, target: 0.9999}\n")
    found = ShardFigures(snapshot_of({key_of(two): even(9_998, 10_000, two)}, [two]))

    status = status_of(two, found, CLOCK, 1, {})

    assert [o.state for o in status.objectives] == [State.OK, State.BREACHED]
    assert status.state is State.BREACHED
    assert state_of(two, found, CLOCK) is State.BREACHED


def test_groups_are_shown_one_by_one_and_added_up() -> None:
    slo = slo_of(
        AVAILABILITY.replace(
            "metadata: {name: answered}",
            'metadata: {name: answered, annotations: {leeway/group-by: "tenant, meta.zone"}}',
        )
    )
    names = [group_of(slo, ("b", "eu")), group_of(slo, ("a", "eu")), group_of(slo, ("a", "us"))]
    counts = {
        name.series: even(good, 100, slo) for name, good in zip(names, (100, 50, 99), strict=True)
    }
    found = ShardFigures(snapshot_of(counts, [slo], groups=tuple(names)))

    status = status_of(slo, found, CLOCK, 1, {})

    assert [group.group for group in status.groups] == [
        {"tenant": "a", "meta.zone": "eu"},
        {"tenant": "a", "meta.zone": "us"},
        {"tenant": "b", "meta.zone": "eu"},
    ]
    assert [group.objectives[0].good for group in status.groups] == [50, 99, 100]
    assert (status.objectives[0].good, status.objectives[0].total) == (249, 300)


TWO_SOURCES = """
apiVersion: openslo/v1
kind: DataSource
metadata: {name: failures}
spec: {type: kafka, connectionDetails: {topic: failures}}
---
""" + AVAILABILITY.replace(
    'good: {metricSource: {metricSourceRef: requests, spec: {query: "status < 500"}}}',
    "SIDE: {metricSource: {metricSourceRef: failures}}",
)


@pytest.mark.parametrize(
    ("side", "counted", "good"),
    [("bad", 3, 97), ("bad", 130, 0), ("good", 97, 97), ("good", 130, 100)],
)
def test_good_and_total_of_two_topics_are_counted_apart_and_clamped(
    side: str, counted: int, good: int
) -> None:
    slo = slo_of(TWO_SOURCES.replace("SIDE", side))
    other = slo.objectives[0].good_indicator
    assert other is not None
    apart = replace(slo, objectives=(replace(slo.objectives[0], indicator=other),))
    counts = {key_of(slo): even(0, 100, slo), key_of(apart): even(0, counted, slo)}
    known = {TOPIC: NOW * 1000, "failures": (NOW - 40) * 1000}
    found = ShardFigures(snapshot_of(counts, [slo], watermarks=known))

    status = status_of(slo, found, CLOCK, 1, {"failures": 7, "another": 1})

    assert (status.objectives[0].good, status.objectives[0].total) == (good, 100)
    assert status.lost_offsets == 7
    assert status.complete_until is not None
    assert status.complete_until.timestamp() == NOW - 40


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["0.9", "0.999", "0.99999"]))
def test_the_figures_of_one_objective_agree(one: int, other: int, target: str) -> None:
    slo = slo_of(AVAILABILITY.replace("0.999", target))
    good, total = min(one, other), max(one, other)
    found = ShardFigures(snapshot_of({key_of(slo): even(good, total, slo)}, [slo]))

    status = status_of(slo, found, CLOCK, 1, {})
    (objective,) = status.objectives

    assert objective.good is not None
    assert objective.bad is not None
    assert objective.good + objective.bad == objective.total == total
    assert state_of(slo, found, CLOCK) is status.state
    if total == 0:
        assert status.state is State.NO_DATA
        return
    burn = objective.burn_rates["30d"]
    remaining = objective.error_budget.remaining_ratio
    assert burn is not None
    assert remaining is not None
    assert objective.error_budget.consumed_ratio == burn
    assert remaining == 1 - burn
    assert (status.state is State.BREACHED) == ((total - good) / total > float(1 - Decimal(target)))
    left = 1 - Fraction(total - good, total) / (1 - Fraction(target))
    assert (status.state is State.OK) == (left >= Fraction(1, 10))


def alert(condition: str, state: AlertState, *group: str) -> CurrentAlert:
    return CurrentAlert(
        SLO.name, "availability", group, "default", condition, "page", state, NOW - 5, condition
    )


def states_of(status: Status) -> dict[str, str]:
    return {one.condition: one.state for one in status.objectives[0].alerts}


def test_an_alert_that_fires_puts_the_objective_at_risk() -> None:
    firing = alert("slow-page", AlertState.FIRING)
    found = figures(100_000, 100_000, alerts=(firing, alert("fast-ticket", AlertState.PENDING)))
    status = status_of(SLO, found, CLOCK, 1, {})
    assert status.state is state_of(SLO, found, CLOCK) is State.AT_RISK
    assert states_of(status) == {
        "fast-page": "inactive",
        "slow-page": "firing",
        "fast-ticket": "pending",
        "slow-ticket": "inactive",
    }
    shown = status.objectives[0].alerts[1]
    assert (shown.alert, shown.since and shown.since.timestamp()) == ("slow-page", NOW - 5)


def test_an_alert_that_is_pending_changes_no_state() -> None:
    found = figures(100_000, 100_000, alerts=(alert("slow-page", AlertState.PENDING),))
    assert status_of(SLO, found, CLOCK, 1, {}).state is State.OK


def test_of_all_groups_the_worst_alert_is_shown() -> None:
    found = figures(
        100_000,
        100_000,
        alerts=(
            alert("slow-page", AlertState.PENDING, "a"),
            alert("slow-page", AlertState.FIRING, "b"),
        ),
    )
    assert states_of(status_of(SLO, found, CLOCK, 1, {}))["slow-page"] == "firing"


def test_an_alert_of_all_parts_of_a_composite_is_shown_with_each_of_them() -> None:
    rule = AlertCondition("burns", "page", "gt", Decimal(2), 3600, "1h")
    first = SLO.objectives[0]
    parts = (first, replace(first, name="second"))
    two = replace(
        SLO, composite=True, objectives=parts, policies=(AlertPolicy("fast", rule, ("mail",)),)
    )
    firing = CurrentAlert(
        SLO.name, TOGETHER, (), "fast", "burns", "page", AlertState.FIRING, NOW - 5, "id"
    )
    status = status_of(two, figures(100_000, 100_000, alerts=(firing,)), CLOCK, 1, {})
    shown = [[(a.condition, a.state) for a in one.alerts] for one in status.objectives]
    assert shown == [[("burns", "firing")]] * 2
    assert [one.state for one in status.objectives] == [State.AT_RISK] * 2

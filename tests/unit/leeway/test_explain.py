"""What `leeway explain` says about an SLO."""

from collections.abc import Mapping
from typing import Any

import pytest
from rich.text import Text

from leeway.explaining.data import as_data
from leeway.explaining.explanation import Traffic, explain_slo
from leeway.explaining.text import brief, lines_of
from shared.definitions.compile import compile_catalogue
from tests.unit.definitions.builder import (
    ABSENT,
    Body,
    condition,
    errors,
    policy,
    sli,
    slo,
    target,
    threshold_spec,
)

NOW = 1_795_413_600  # 2026-11-23T06:00:00Z
ALERTING = (policy(), condition(), target())
WITH_POLICY = {"spec.alertPolicies": [{"alertPolicyRef": "fast-burn"}]}
SEEN = {"availability": Traffic(events=100_000, seconds=30 * 86_400)}


def explained(
    *bodies: Body, traffic: Mapping[str, Traffic] | None = None
) -> tuple[dict[str, Any], str]:
    """Return the explanation of the only SLO, as data and as text."""
    assert errors(*bodies) == {}
    (compiled,) = compile_catalogue(bodies, revision=1, counted_from={}).slos
    explanation = explain_slo(compiled, traffic or {}, now=NOW)
    text = "\n".join(Text.from_markup(line).plain for line in lines_of(explanation))
    return as_data(explanation), text


def test_what_is_counted_is_said_as_queries_on_topics() -> None:
    data, text = explained(slo())
    total, good = data["objectives"][0]["counts"]
    assert (total["role"], total["topic"]) == ("total", "leeway.requests.v1")
    assert (total["query"], good["query"]) == ("service == 'checkout'", "status < 500")
    assert "total    events of leeway.requests.v1 with service == 'checkout'" in text
    assert "good     those of them with status < 500" in text


def test_a_threshold_says_what_is_compared_and_groups_are_named() -> None:
    changes = {
        "spec.indicator.spec": threshold_spec(),
        "spec.indicator.metadata.annotations": {"leeway/group-by": "tenant"},
        "spec.objectives[0].op": "lte",
        "spec.objectives[0].value": 250,
    }
    data, text = explained(slo(changes=changes))
    assert "service == 'checkout' && duration_ms is a number" in text
    assert "those of them with duration_ms <= 250" in text
    assert "one per tenant: at most 500" in text
    assert data["objectives"][0]["counts"][0]["group_by"] == ["tenant"]


def test_the_budget_is_said_in_time_and_in_events_where_traffic_is_known() -> None:
    data, text = explained(slo(), traffic=SEEN)
    budget = data["objectives"][0]["error_budget"]
    assert (budget["full_outage_seconds"], budget["allowed_events"]) == (2592, 100)
    assert "0.1% may fail, 43.2 min of full outage, 100 of the 100,000 events" in text
    without, text = explained(slo())
    assert without["objectives"][0]["error_budget"]["events"] is None
    assert "0.1% may fail, 43.2 min of full outage, 100 of every 100,000 events" in text


def test_two_weeks_of_minutes_allow_1008_slices() -> None:
    changes = {
        "spec.budgetingMethod": "Timeslices",
        "spec.timeWindow[0].duration": "2w",
        "spec.objectives": [{"target": 0.95, "timeSliceTarget": 0.9, "timeSliceWindow": "1m"}],
    }
    data, text = explained(slo(changes=changes))
    slices = data["objectives"][0]["slices"]
    assert (slices["count"], slices["allowed"]) == (20_160, 1008)
    assert "1,008 of 20,160 slices" in text
    assert "of 1m, good with at least 90%" in text


def test_whole_slices_are_bad_and_only_when_the_ratio_is_too_low() -> None:
    changes = WITH_POLICY | {
        "spec.budgetingMethod": "Timeslices",
        "spec.objectives": [{"target": 0.999, "timeSliceTarget": 0.95, "timeSliceWindow": "1m"}],
    }
    data, _ = explained(slo(changes=changes), *ALERTING)
    (alert,) = data["objectives"][0]["alerts"]
    after = [found["detected_after_seconds"] for found in alert["reactions"]]
    assert after == [60 + 300, 60 + 300, None]  # 51.84 s: one slice; and `alertAfter` of 5 min


def test_a_calendar_window_says_where_it_stands() -> None:
    calendar = {"startTime": "2026-01-01 00:00:00", "timeZone": "Europe/Berlin"}
    changes = {"spec.timeWindow": [{"duration": "1M", "calendar": calendar}]}
    data, text = explained(slo(changes=changes))
    assert data["window"] == {
        "type": "calendar",
        "duration": "1M",
        "from": "2026-10-31T23:00:00Z",
        "to": "2026-11-30T23:00:00Z",
    }
    assert "1M by the calendar of Europe/Berlin, now 2026-10-31T23:00:00Z" in text


def test_every_alert_says_how_fast_it_reacts() -> None:
    data, text = explained(slo(changes=WITH_POLICY), *ALERTING)
    (alert,) = data["objectives"][0]["alerts"]
    assert (alert["targets"], alert["default"], alert["never"]) == (["on-call"], False, None)
    assert [found["error_ratio"] for found in alert["reactions"]] == [1, 0.1, 0.01]
    assert "fast-burn/fast (page): burn rate >= 14.4 over 1h for 5m, tells on-call" in text
    assert "100% failing: fires after 5.9 min, resolves within 59.1 min of calm" in text
    assert "1% failing: never" in text


def test_without_a_policy_the_default_tiers_are_said_and_those_left_out_with_the_reason() -> None:
    changes = {"spec.timeWindow[0].duration": "1d", "spec.objectives[0].target": 0.9}
    data, text = explained(slo(changes=changes))
    never = {a["condition"]: a["never"] for a in data["objectives"][0]["alerts"]}
    assert never == {
        "fast-page": "with everything failing the burn rate is 10",
        "slow-page": None,
        "fast-ticket": None,
        "slow-ticket": None,
    }
    assert "the default ones: recorded and shown, sent nowhere" in text
    hour, _ = explained(slo(changes={"spec.timeWindow[0].duration": "20m"}))
    assert "a quarter of the window" in str(hour["objectives"][0]["alerts"][0]["never"])


def test_an_alert_that_needs_more_failures_than_there_are_events_never_fires() -> None:
    many = condition(changes={"metadata.annotations": {"leeway/min-bad-events": "1000"}})
    _, text = explained(slo(changes=WITH_POLICY), many, policy(), target(), traffic=SEEN)
    assert "at this traffic its lookback window holds fewer than 1,000 bad events" in text


def test_an_alert_on_the_budget_says_when_it_fires() -> None:
    annotations = {"leeway/budget-below": "0.25", "leeway/exhausted-within": "3d"}
    narrow = condition(changes={"metadata.annotations": annotations})
    data, text = explained(slo(changes=WITH_POLICY), narrow, policy(), target())
    assert "with less than 25% of the budget left with a budget that lasts 3d or less" in text
    assert "fires once the budget is that short" in text
    alert = data["objectives"][0]["alerts"][0]
    assert (alert["budget_below"], alert["exhausted_within_seconds"]) == (0.25, 3 * 86_400)
    assert alert["reactions"] == []


def test_an_alert_that_nobody_hears_of_is_pointed_out() -> None:
    quiet = policy(changes={"spec.alertWhenBreaching": False})
    _, text = explained(slo(changes=WITH_POLICY), condition(), quiet, target())
    assert "tells nobody: its policy does not say alertWhenBreaching" in text


def test_a_condition_on_calm_is_pointed_out() -> None:
    below = condition(changes={"spec.condition.op": "lt"})
    _, text = explained(slo(changes=WITH_POLICY), below, policy(), target())
    assert "fires while little fails" in text


def test_the_parts_of_a_composite_burn_together() -> None:
    parts = [
        {"displayName": name, "target": 0.9, "indicatorRef": "availability", "compositeWeight": 1}
        for name in ("a", "b")
    ]
    changes = WITH_POLICY | {"spec.indicator": ABSENT, "spec.objectives": parts}
    data, text = explained(slo(changes=changes), sli(), *ALERTING)
    assert [one["alerts"] for one in data["objectives"]] == [[], []]
    assert data["alerts"][0]["reactions"][0]["burn_rate"] == pytest.approx(20)
    assert "all parts together" in text


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (51.84, "52 s"),
        (60, "1 min"),
        (59.99, "1 min"),
        (2592, "43.2 min"),
        (6 * 3600, "6 h"),
        (3 * 86_400, "3 d"),
        (36 * 3600, "1.5 d"),
    ],
)
def test_lengths_are_shown_in_the_unit_that_suits_them(seconds: float, shown: str) -> None:
    assert brief(seconds) == shown

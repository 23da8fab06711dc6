"""What definitions become: indicators, windows, objectives, policies, sources."""

from decimal import Decimal
from typing import Any

import pytest

from shared.definitions.compile import compile_catalogue, data_sources
from shared.definitions.query import parse_query
from shared.domain.predicate import EVERYTHING, And, Compare, Constant, IsNumber, Not, Op
from shared.domain.slo import SLO, BudgetingMethod, CalendarWindow, Catalogue, RollingWindow
from tests.unit.definitions.builder import (
    ABSENT,
    Body,
    changed,
    condition,
    data_source,
    definition,
    errors,
    metric,
    policy,
    ratio_spec,
    service,
    sli,
    slo,
    target,
    threshold_spec,
)

BY_NAME = {"spec.indicator": ABSENT, "spec.indicatorRef": "availability"}
CHECKOUT = Compare(("service",), Op.EQ, "checkout")
FAST = {
    "spec.indicator.spec": threshold_spec("timing.total_ms"),
    "spec.objectives[0].op": "lte",
    "spec.objectives[0].value": 250,
}
PROMETHEUS = definition("DataSource", "prom", {"type": "Prometheus", "connectionDetails": {}})


def catalogue(*bodies: Body) -> Catalogue:
    """Compile definitions that pass the checks."""
    assert errors(*bodies) == {}
    return compile_catalogue(list(bodies), revision=7, counted_from={("a", "b"): 3})


def only(*bodies: Body) -> SLO:
    (compiled,) = catalogue(*bodies).slos
    return compiled


def test_a_ratio_of_good_and_total_counts_what_matches_both() -> None:
    indicator = only(slo()).objectives[0].indicator
    assert indicator.total == CHECKOUT
    assert indicator.good == And((CHECKOUT, Compare(("status",), Op.LT, 500)))
    assert indicator.source.topic == "leeway.requests.v1"
    assert indicator.source.builtin
    assert indicator.value_field is None


def test_a_ratio_of_bad_and_total_counts_what_matches_only_total() -> None:
    ratio = {"bad": metric("status >= 500"), "total": metric("service == 'checkout'")}
    indicator = only(slo(changes={"spec.indicator.spec": {"ratioMetric": ratio}}))
    bad = Compare(("status",), Op.GE, 500)
    assert indicator.objectives[0].indicator.good == And((CHECKOUT, Not(bad)))


def test_a_condition_on_one_is_not_taken_for_one_on_true() -> None:
    ratio = {"good": metric("up == true"), "total": metric("up == 1")}
    indicator = only(slo(changes={"spec.indicator.spec": {"ratioMetric": ratio}}))
    assert repr(indicator.objectives[0].indicator.good) == repr(
        And((Compare(("up",), Op.EQ, 1), Compare(("up",), Op.EQ, True)))
    )


def test_a_total_without_query_is_every_event() -> None:
    ratio = {"good": metric("status < 500"), "total": metric()}
    indicator = only(slo(changes={"spec.indicator.spec": {"ratioMetric": ratio}}))
    compiled = indicator.objectives[0].indicator
    assert compiled.total == EVERYTHING
    assert compiled.good == Compare(("status",), Op.LT, 500)


def test_conditions_common_to_good_and_total_are_kept_once() -> None:
    query = "service == 'checkout' && status < 500"
    indicator = only(slo(changes={"spec.indicator.spec": ratio_spec(good=query)}))
    assert indicator.objectives[0].indicator.good == parse_query(query)


@pytest.mark.parametrize(
    ("op", "meant"), [("lt", Op.LT), ("lte", Op.LE), ("gt", Op.GT), ("gte", Op.GE)]
)
def test_a_threshold_compares_a_number_with_the_objectives_value(op: str, meant: Op) -> None:
    field = ("timing", "total_ms")
    indicator = only(slo(changes=FAST | {"spec.objectives[0].op": op})).objectives[0].indicator
    assert indicator.total == And((CHECKOUT, IsNumber(field)))
    assert indicator.good == And((CHECKOUT, IsNumber(field), Compare(field, meant, 250)))
    assert indicator.value_field == field


def test_every_objective_of_a_threshold_metric_is_an_indicator_of_its_own() -> None:
    second = {"displayName": "slow", "target": 0.99, "op": "lte", "value": 1000}
    compiled = only(slo(changes=FAST | {"spec.objectives[1]": second}))
    assert len(compiled.indicators()) == 2
    assert [objective.name for objective in compiled.objectives] == ["availability", "slow"]


def test_an_sli_counts_the_same_in_place_and_by_name() -> None:
    assert only(slo(changes=BY_NAME), sli()).indicators() == only(slo()).indicators()


def test_what_is_counted_has_the_same_key_whatever_it_is_called_and_promised() -> None:
    one = only(slo()).objectives[0].indicator.key
    changes = {"metadata.name": "x", "spec.objectives[0].target": 0.5}
    assert only(slo(changes=changes)).objectives[0].indicator.key == one
    changes = {"spec.indicator.spec": ratio_spec(good="status < 400")}
    assert only(slo(changes=changes)).objectives[0].indicator.key != one


def test_good_and_total_from_different_sources_are_counted_apart() -> None:
    ratio = {"good": metric("ok", source="orders"), "total": metric("service == 'checkout'")}
    body = slo(changes={"spec.indicator.spec": {"ratioMetric": ratio}})
    (objective,) = only(body, data_source()).objectives
    assert objective.indicator.source.name == "requests"
    assert objective.indicator.good == Constant(value=False)
    assert objective.good_indicator is not None
    assert objective.good_indicator.source.name == "orders"
    assert objective.good_indicator.total == parse_query("ok")
    assert not objective.other_is_bad


def test_bad_from_a_different_source_says_so() -> None:
    ratio = {"bad": metric("failed", source="orders"), "total": metric("service == 'checkout'")}
    body = slo(changes={"spec.indicator.spec": {"ratioMetric": ratio}})
    (objective,) = only(body, data_source()).objectives
    assert objective.other_is_bad


def test_good_weighed_by_another_field_is_counted_apart_among_the_same_events() -> None:
    ratio = {
        "good": metric("status < 500", weightField="succeeded"),
        "total": metric("service == 'checkout'", weightField="attempted"),
    }
    body = slo(changes={"spec.indicator.spec": {"ratioMetric": ratio}})
    (objective,) = only(body).objectives
    assert objective.indicator.weight_field == ("attempted",)
    assert objective.good_indicator is not None
    assert objective.good_indicator.weight_field == ("succeeded",)
    assert objective.good_indicator.total == And((CHECKOUT, Compare(("status",), Op.LT, 500)))


def test_one_weight_field_on_both_sides_stays_one_indicator() -> None:
    ratio = {
        "good": metric("status < 500", weightField="n"),
        "total": metric("true", weightField="n"),
    }
    (objective,) = only(slo(changes={"spec.indicator.spec": {"ratioMetric": ratio}})).objectives
    assert objective.good_indicator is None
    assert objective.indicator.weight_field == ("n",)


def test_group_by_names_fields_of_the_event() -> None:
    changes = {"spec.indicator.metadata.annotations": {"leeway/group-by": "tenant, meta.region"}}
    (indicator,) = only(slo(changes=changes)).indicators()
    assert indicator.group_by == (("tenant",), ("meta", "region"))
    assert indicator.key != only(slo()).objectives[0].indicator.key


@pytest.mark.parametrize(
    ("changes", "seconds", "text"),
    [
        ({}, 2_592_000, "30d"),
        ({"spec.timeWindow": ABSENT}, 2_592_000, "30d"),
        ({"spec.timeWindow[0].duration": "4w"}, 2_419_200, "4w"),
        ({"spec.timeWindow[0].duration": "90m"}, 5400, "90m"),
    ],
)
def test_a_rolling_window_has_a_length_and_is_called_as_written(
    changes: dict[str, Any], seconds: int, text: str
) -> None:
    assert only(slo(changes=changes)).window == RollingWindow(seconds, text)


def test_a_month_accepted_by_the_strict_mode_rolls_as_thirty_days() -> None:
    body = slo(changes={"spec.timeWindow[0].duration": "1M"})
    (compiled,) = compile_catalogue([body], revision=1, counted_from={}).slos
    assert compiled.window == RollingWindow(2_592_000, "1M")


def test_a_calendar_window_starts_on_its_quarter_hour() -> None:
    calendar = {"startTime": "2026-01-21 12:44:59", "timeZone": "Europe/Berlin"}
    window = {"duration": "2Q", "isRolling": False, "calendar": calendar}
    compiled = only(slo(changes={"spec.timeWindow": [window]})).window
    assert compiled == CalendarWindow(2, "Q", "2Q", "2026-01-21 12:30:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("objective", "target"),
    [
        ({"target": 0.999}, "0.999"),
        ({"target": 0}, "0"),
        ({"targetPercent": 99.95}, "0.9995"),
        ({"targetPercent": 99}, "0.99"),
    ],
)
def test_a_target_is_exactly_what_is_written(objective: Body, target: str) -> None:
    compiled = only(slo(changes={"spec.objectives": [objective]})).objectives[0]
    assert compiled.target == Decimal(target)
    assert 1 - compiled.target == 1 - Decimal(target)


def test_an_objective_is_called_by_its_display_name_or_its_number() -> None:
    objectives = [{"target": 0.9}, {"target": 0.8, "displayName": "loose"}, {"target": 0.7}]
    compiled = only(slo(changes={"spec.objectives": objectives}))
    assert [o.name for o in compiled.objectives] == ["objective-1", "loose", "objective-3"]


@pytest.mark.parametrize(("written", "seconds"), [("5m", 300), (5, 300), ("1h", 3600)])
def test_slices_have_a_length_and_a_target(written: Any, seconds: int) -> None:
    changes = {
        "spec.budgetingMethod": "Timeslices",
        "spec.objectives[0].timeSliceTarget": 0.95,
        "spec.objectives[0].timeSliceWindow": written,
    }
    compiled = only(slo(changes=changes))
    assert compiled.budgeting_method is BudgetingMethod.TIMESLICES
    assert compiled.objectives[0].slice_seconds == seconds
    assert compiled.objectives[0].slice_target == Decimal("0.95")


def test_the_parts_of_a_composite_have_indicators_and_weights() -> None:
    parts = [
        {"target": 0.9, "indicatorRef": "availability", "compositeWeight": 2.5},
        {
            "target": 0.99,
            "indicator": {"metadata": {"name": "fast"}, "spec": threshold_spec()},
            "op": "lt",
            "value": 200,
        },
    ]
    body = slo(changes={"spec.indicator": ABSENT, "spec.objectives": parts})
    compiled = only(body, sli())
    assert compiled.composite
    assert [part.weight for part in compiled.objectives] == [Decimal("2.5"), Decimal(1)]
    assert len(compiled.indicators()) == 2


def test_policies_are_followed_to_their_conditions_and_targets() -> None:
    annotations = {
        "leeway/short-window": "5m",
        "leeway/min-bad-events": "3",
        "leeway/keep-firing-for": "10m",
        "leeway/budget-below": "0.25",
        "leeway/exhausted-within": "3d",
    }
    burn = condition(changes={"metadata.annotations": annotations})
    inline_target = {
        "kind": "AlertNotificationTarget",
        "metadata": {"name": "mail"},
        "spec": {"target": "email"},
    }
    inline = {
        "kind": "AlertPolicy",
        "metadata": {"name": "slow-burn"},
        "spec": {
            "alertWhenResolved": True,
            "alertWhenNoData": True,
            "conditions": [
                {
                    "kind": "AlertCondition",
                    "metadata": {"name": "slow"},
                    "spec": {
                        "severity": "ticket",
                        "condition": {"threshold": 1, "lookbackWindow": "3d"},
                    },
                }
            ],
            "notificationTargets": [inline_target, {"targetRef": "on-call"}],
        },
    }
    body = slo(changes={"spec.alertPolicies": [{"alertPolicyRef": "fast-burn"}, inline]})
    fast, slow = only(body, policy(), burn, target()).policies
    assert (fast.name, fast.targets) == ("fast-burn", ("on-call",))
    assert (fast.alert_when_breaching, fast.alert_when_resolved) == (True, False)
    page = fast.condition
    assert (page.name, page.severity, page.op) == ("fast", "page", "gte")
    assert (page.threshold, page.lookback, page.lookback_text) == (Decimal("14.4"), 3600, "1h")
    assert (page.short_window, page.short_window_text) == (300, "5m")
    assert (page.alert_after, page.keep_firing_for, page.min_bad_events) == (300, 600, 3)
    assert (page.budget_below, page.exhausted_within) == (Decimal("0.25"), 3 * 86_400)
    assert page.exhausted_within_text == "3d"
    assert (slow.name, slow.targets) == ("slow-burn", ("mail", "on-call"))
    assert (slow.alert_when_breaching, slow.alert_when_no_data) == (False, True)
    ticket = slow.condition
    assert (ticket.op, ticket.alert_after, ticket.min_bad_events) == ("gt", 0, 1)
    assert (ticket.short_window, ticket.keep_firing_for) == (None, 0)
    assert (ticket.budget_below, ticket.exhausted_within) == (None, None)


def test_owner_and_runbook_come_from_the_slo_or_else_from_its_service() -> None:
    owned = service(
        changes={
            "metadata.annotations": {"leeway/owner": "payments", "leeway/runbook": "https://a"}
        }
    )
    compiled = only(slo(changes={"metadata.annotations": {"leeway/owner": "ann"}}), owned)
    assert (compiled.owner, compiled.runbook) == ("ann", "https://a")


def test_what_an_slo_says_about_itself_is_kept() -> None:
    changes = {
        "metadata.displayName": "Checkout",
        "metadata.labels": {"team": "payments", "env": ["prod", "eu"]},
        "metadata.annotations": {"leeway/no-data": "bad", "leeway/silence-after": "2h"},
        "spec.description": "answers",
    }
    compiled = only(slo(changes=changes))
    assert (compiled.display_name, compiled.description) == ("Checkout", "answers")
    assert compiled.labels == {"team": "payments", "env": "prod,eu"}
    assert (compiled.no_data, compiled.silence_after) == ("bad", 7200)
    assert (only(slo()).no_data, only(slo()).silence_after) == ("exclude", 3600)


def test_a_catalogue_keeps_revision_services_and_since_when_things_are_counted() -> None:
    compiled = catalogue(slo(), service(changes={"metadata.displayName": "Checkout"}))
    assert compiled.revision == 7
    assert compiled.services == {"checkout": "Checkout"}
    assert compiled.counted_from == {("a", "b"): 3}
    assert [slo.name for slo in catalogue(slo("b"), slo("a")).slos] == ["a", "b"]


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"thresholdMetric": metric("x", source="prom")}, "no adapter for Prometheus"),
        (
            {"thresholdMetric": {"metricSource": {"type": "Datadog", "spec": {"query": "x"}}}},
            "no adapter for Datadog",
        ),
        (
            {"ratioMetric": {"raw": metric("x"), "rawType": "success"}},
            "a ratio computed elsewhere (raw) holds no events to count",
        ),
    ],
)
def test_an_slo_of_another_source_loads_and_says_why_it_is_not_evaluated(
    spec: Body, reason: str
) -> None:
    changes: dict[str, Any] = {"spec.indicator.spec": spec}
    if "thresholdMetric" in spec:
        changes |= {"spec.objectives[0].op": "lt", "spec.objectives[0].value": 1}
    compiled = catalogue(slo("other", changes), slo(), PROMETHEUS)
    assert compiled.not_evaluated == {"other": reason}
    assert [slo.name for slo in compiled.slos] == ["checkout-availability"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (BY_NAME, "there is no SLI named 'availability'"),
        ({"spec.alertPolicies": [{"alertPolicyRef": "x"}]}, "there is no AlertPolicy named 'x'"),
        ({"spec.indicator.spec": ratio_spec(good="a = 1")}, "cannot be read"),
        ({"spec.indicator.spec": threshold_spec()}, "needs op and value"),
        ({"spec.indicator.spec": {"thresholdMetric": metric("true")}}, "needs valueField"),
        ({"spec.indicator.spec": {}}, "names nothing to count"),
    ],
)
def test_compiling_never_raises_for_what_the_checks_would_refuse(
    changes: dict[str, Any], reason: str
) -> None:
    compiled = compile_catalogue([slo(changes=changes)], revision=1, counted_from={})
    assert compiled.slos == ()
    assert reason in compiled.not_evaluated["checkout-availability"]


def test_sources_are_the_built_in_ones_and_those_of_type_kafka() -> None:
    details = {
        "topic": "orders.v1",
        "timestampField": "meta.time",
        "idField": "order.id",
        "weightField": "lines",
    }
    declared = data_source(changes={"spec.connectionDetails": details, "spec.type": "Kafka"})
    sources = data_sources([declared, PROMETHEUS])
    assert sorted(sources) == ["orders", "requests", "uptime", "work"]
    orders = sources["orders"]
    assert (orders.topic, orders.builtin) == ("orders.v1", False)
    assert orders.timestamp_field == ("meta", "time")
    assert (orders.id_field, orders.weight_field) == (("order", "id"), ("lines",))
    assert sources["uptime"].topic == "leeway.uptime.v1"


def test_a_declared_source_takes_the_place_of_a_built_in_one() -> None:
    own = data_source("requests", {"spec.connectionDetails": {"topic": "web.v2"}})
    assert data_sources([own])["requests"].topic == "web.v2"
    assert only(slo(), own).objectives[0].indicator.source.topic == "web.v2"


def test_a_malformed_source_is_left_out() -> None:
    broken = changed(data_source(), {"spec.connectionDetails": []})
    assert "orders" not in data_sources([broken])

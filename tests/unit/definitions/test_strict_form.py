"""One case per rule of the reference tool: the property it names, and documents it accepts."""

from typing import Any

import pytest

from tests.unit.definitions.builder import (
    ABSENT,
    EVERY_KIND,
    Body,
    changed,
    condition,
    data_source,
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

INDICATOR = "spec.indicator.spec.ratioMetric"
LONG_KEY = "k" * 64
CALENDAR = {"startTime": "2026-01-01 00:00:00", "timeZone": "Europe/Berlin"}
SLICED = {
    "spec.budgetingMethod": "Timeslices",
    "spec.objectives[0].timeSliceTarget": 0.9,
    "spec.objectives[0].timeSliceWindow": "1m",
}
PARTS = [
    {"target": 0.9, "indicatorRef": "one", "compositeWeight": 2},
    {"target": 0.9, "indicator": {"metadata": {"name": "two"}, "spec": ratio_spec()}},
]
COMPOSITE = {"spec.indicator": ABSENT, "spec.objectives": PARTS}
THRESHOLD = {
    "spec.indicator.spec": threshold_spec(),
    "spec.objectives[0].op": "lte",
    "spec.objectives[0].value": 250,
}
INLINE_CONDITION = {
    "kind": "AlertCondition",
    "metadata": {"name": "inline"},
    "spec": condition()["spec"],
}
INLINE_TARGET = {
    "kind": "AlertNotificationTarget",
    "metadata": {"name": "inline"},
    "spec": {"target": "mail"},
}
INLINE_POLICY = {
    "kind": "AlertPolicy",
    "metadata": {"name": "inline"},
    "spec": policy()["spec"],
}


def strict(body: Body) -> list[str]:
    return sorted(errors(body, strict=True))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_valid_document_of_every_kind_is_accepted(kind: str) -> None:
    assert strict(EVERY_KIND[kind]) == []


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"apiVersion": "v0.1"}, "apiVersion"),
        ({"apiVersion": ABSENT}, "apiVersion"),
        ({"kind": "Nonsense"}, "kind"),
        ({"metadata": ABSENT}, "metadata"),
        ({"metadata": {}}, "metadata"),
        ({"metadata": {"name": "", "displayName": "x"}}, "metadata.name"),
        ({"metadata.name": "Upper"}, "metadata.name"),
        ({"metadata.name": "with space"}, "metadata.name"),
        ({"metadata.name": "-dash"}, "metadata.name"),
        ({"metadata.name": "dash-"}, "metadata.name"),
        ({"metadata.name": "a.b"}, "metadata.name"),
        ({"metadata.name": "n" * 64}, "metadata.name"),
        ({"metadata.name": 5}, "metadata.name"),
        ({"metadata.displayName": "d" * 64}, "metadata.displayName"),
        ({"metadata.displayName": 5}, "metadata.displayName"),
        ({"metadata.labels": []}, "metadata.labels"),
        ({"metadata.labels": {"env": 1}}, "metadata.labels.env"),
        ({"metadata.labels": {"env": ["a", 1]}}, "metadata.labels.env"),
        ({"metadata.labels": {"env-": "a"}}, "metadata.labels['env-']"),
        ({"metadata.labels": {"_env": "a"}}, "metadata.labels._env"),
        ({"metadata.labels": {LONG_KEY: "a"}}, f"metadata.labels.{LONG_KEY}"),
        ({"metadata.annotations": {"a": 1}}, "metadata.annotations.a"),
        ({"metadata.annotations": {"x.": ""}}, "metadata.annotations['x.']"),
        ({"metadata.annotations": {"Upper.org/x": ""}}, "metadata.annotations['Upper.org/x']"),
        ({"metadata.annotations": {"org/": ""}}, "metadata.annotations['org/']"),
        ({"metadata.annotations": {LONG_KEY: ""}}, f"metadata.annotations.{LONG_KEY}"),
        ({"metadata.owner": "me"}, "metadata.owner"),
        ({"status": {}}, "status"),
        ({"spec.description": "d" * 1051}, "spec.description"),
        ({"spec.description": ["x"]}, "spec.description"),
        ({"spec.surprise": 1}, "spec.surprise"),
        ({"spec": "text"}, "spec"),
    ],
)
def test_what_all_kinds_share_is_checked_in_each(
    kind: str, changes: dict[str, Any], path: str
) -> None:
    assert strict(changed(EVERY_KIND[kind], changes)) == [path]


@pytest.mark.parametrize(
    "changes",
    [
        {"metadata.name": "n" * 63},
        {"metadata.displayName": "d" * 63},
        {"metadata.displayName": ""},
        {"metadata.labels": {"9env": "a", "E.n-v_x": ["a", "b"], "k" * 63: []}},
        {"metadata.annotations": {"my-domain.org/my-key": "", "k" * 63: "x"}},
        {"metadata.annotations": None},
        {"spec.description": "d" * 1050},
        {"spec.description": None},
    ],
)
def test_values_on_the_edge_are_accepted(changes: dict[str, Any]) -> None:
    assert strict(changed(service(), changes)) == []


def test_a_service_needs_no_spec_and_the_other_kinds_do() -> None:
    assert strict(service(changes={"spec": ABSENT})) == []
    for kind in EVERY_KIND.keys() - {"Service"}:
        assert strict(changed(EVERY_KIND[kind], {"spec": ABSENT})) != []


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"spec": {}}, ["spec"]),
        ({"spec.service": ""}, ["spec.service"]),
        ({"spec.indicator": ABSENT}, ["spec"]),
        ({"spec.indicatorRef": "other"}, ["spec"]),
        ({"spec.indicator": ABSENT, "spec.indicatorRef": "No Name"}, ["spec.indicatorRef"]),
        ({"spec.indicator.metadata.name": ""}, ["spec.indicator.metadata"]),
        ({f"{INDICATOR}.good": ABSENT}, [INDICATOR]),
        ({f"{INDICATOR}.total": ABSENT}, [INDICATOR]),
        ({f"{INDICATOR}.bad": metric("x == 1")}, [INDICATOR]),
        ({"spec.budgetingMethod": ""}, ["spec.budgetingMethod"]),
        ({"spec.budgetingMethod": "occurrences"}, ["spec.budgetingMethod"]),
        ({"spec.timeWindow": ABSENT}, ["spec.timeWindow"]),
        ({"spec.timeWindow": []}, ["spec.timeWindow"]),
        ({"spec.timeWindow[1]": {"duration": "1d", "isRolling": True}}, ["spec.timeWindow"]),
        ({"spec.timeWindow[0].duration": ""}, ["spec.timeWindow[0].duration"]),
        ({"spec.timeWindow[0].duration": "30"}, ["spec.timeWindow[0].duration"]),
        ({"spec.timeWindow[0].duration": 30}, ["spec.timeWindow[0].duration"]),
        ({"spec.timeWindow[0].duration": "30x"}, ["spec.timeWindow[0].duration.unit"]),
        ({"spec.timeWindow[0].duration": "-3d"}, ["spec.timeWindow[0].duration.value"]),
        ({"spec.timeWindow[0].isRolling": "yes"}, ["spec.timeWindow[0].isRolling"]),
        ({"spec.timeWindow[0].isRolling": False}, ["spec.timeWindow[0]"]),
        ({"spec.timeWindow[0].isRolling": ABSENT}, ["spec.timeWindow[0]"]),
        ({"spec.timeWindow[0].calendar": CALENDAR}, ["spec.timeWindow[0]"]),
        ({"spec.objectives[0].target": 1}, ["spec.objectives[0].target"]),
        ({"spec.objectives[0].target": -0.1}, ["spec.objectives[0].target"]),
        ({"spec.objectives[0].target": "0.9"}, ["spec.objectives[0].target"]),
        ({"spec.objectives[0].target": True}, ["spec.objectives[0].target"]),
        ({"spec.objectives[0].target": ABSENT}, ["spec.objectives[0]"]),
        ({"spec.objectives[0].targetPercent": 99}, ["spec.objectives[0]"]),
        ({"spec.objectives[0].op": "lte"}, ["spec.objectives[0].op"]),
        ({"spec.objectives[0].value": 0}, ["spec.objectives[0].value"]),
        ({"spec.objectives": {}}, ["spec.objectives"]),
        ({"spec.alertPolicies": ["name"]}, ["spec.alertPolicies[0]"]),
        ({"spec.alertPolicies": [{}]}, ["spec.alertPolicies[0]"]),
        (
            {"spec.alertPolicies": [{"alertPolicyRef": ""}]},
            ["spec.alertPolicies[0].alertPolicyRef"],
        ),
        (
            {"spec.alertPolicies": [{"alertPolicyRef": "No"}]},
            ["spec.alertPolicies[0].alertPolicyRef"],
        ),
        (
            {"spec.alertPolicies": [{"alertPolicyRef": "x", **INLINE_POLICY}]},
            ["spec.alertPolicies[0]"],
        ),
        (
            {"spec.alertPolicies": [changed(INLINE_POLICY, {"kind": "AlertCondition"})]},
            ["spec.alertPolicies[0].kind"],
        ),
        (
            {"spec.alertPolicies": [changed(INLINE_POLICY, {"kind": ABSENT})]},
            ["spec.alertPolicies[0].kind"],
        ),
        (
            {"spec.alertPolicies": [changed(INLINE_POLICY, {"spec.conditions": []})]},
            ["spec.alertPolicies[0].spec.conditions"],
        ),
    ],
)
def test_an_slo_is_refused_at_the_property_that_is_wrong(
    changes: dict[str, Any], paths: list[str]
) -> None:
    assert strict(slo(changes=changes)) == paths


@pytest.mark.parametrize(
    "changes",
    [
        {"spec.objectives": []},
        {"spec.objectives": ABSENT},
        {"spec.objectives[0].target": 0},
        {"spec.objectives[0].compositeWeight": 0},
        {"spec.objectives[0].timeSliceTarget": 7},
        {"spec.objectives[0].timeSliceWindow": "0x"},
        {"spec.objectives[0].target": ABSENT, "spec.objectives[0].targetPercent": 99.95},
        {"spec.timeWindow[0].duration": " 30 d"},
        {"spec.timeWindow[0].duration": "0d"},
        {"spec.timeWindow[0]": {"duration": "1M", "isRolling": False, "calendar": CALENDAR}},
        {"spec.timeWindow[0]": {"duration": "1M", "calendar": CALENDAR}},
        {"spec.timeWindow[0].isRolling": ABSENT, "spec.timeWindow[0].IsRolling": True},
        {"spec.alertPolicies": [INLINE_POLICY, {"alertPolicyRef": "x"}]},
        {"spec.indicator": ABSENT, "spec.indicatorRef": "x", "spec.objectives[0].op": "any"},
        {f"{INDICATOR}.good.metricSource.metricSourceRef": ""},
        SLICED,
        SLICED | {"spec.objectives[0].timeSliceTarget": 1},
        COMPOSITE,
        COMPOSITE | {"spec.objectives[2]": {"target": 0.9}},
        THRESHOLD,
    ],
)
def test_what_the_reference_tool_does_not_look_at_is_accepted(changes: dict[str, Any]) -> None:
    assert strict(slo(changes=changes)) == []


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"spec.objectives[0].timeSliceTarget": ABSENT}, ["spec.objectives[0].timeSliceTarget"]),
        ({"spec.objectives[0].timeSliceTarget": 0}, ["spec.objectives[0].timeSliceTarget"]),
        ({"spec.objectives[0].timeSliceTarget": 1.1}, ["spec.objectives[0].timeSliceTarget"]),
        ({"spec.objectives[0].timeSliceWindow": ABSENT}, ["spec.objectives[0].timeSliceWindow"]),
        ({"spec.objectives[0].timeSliceWindow": 5}, ["spec.objectives[0].timeSliceWindow"]),
        ({"spec.objectives[0].timeSliceWindow": ""}, ["spec.objectives[0].timeSliceWindow.unit"]),
        ({"spec.objectives[0].timeSliceWindow": "5x"}, ["spec.objectives[0].timeSliceWindow.unit"]),
    ],
)
def test_slices_are_looked_at_where_they_count(changes: dict[str, Any], paths: list[str]) -> None:
    assert strict(slo(changes=SLICED | changes)) == paths


def test_ratio_timeslices_ignore_the_slice_target() -> None:
    changes = {"spec.budgetingMethod": "RatioTimeslices", "spec.objectives[0].timeSliceTarget": 7}
    assert strict(slo(changes=SLICED | changes)) == []


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"spec.objectives[0].op": ABSENT}, ["spec.objectives[0].op"]),
        ({"spec.objectives[0].op": "eq"}, ["spec.objectives[0].op"]),
        ({"spec.objectives[0].value": ABSENT}, ["spec.objectives[0].value"]),
    ],
)
def test_an_inline_threshold_metric_needs_op_and_value(
    changes: dict[str, Any], paths: list[str]
) -> None:
    assert strict(slo(changes=THRESHOLD | changes)) == paths


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"spec.objectives[0].compositeWeight": 0}, ["spec.objectives[0].compositeWeight"]),
        ({"spec.objectives[0].indicatorRef": "No"}, ["spec.objectives[0].indicatorRef"]),
        ({"spec.objectives[1].indicatorRef": "x"}, ["spec.objectives[1]"]),
        ({"spec.objectives[1].indicator.spec": {}}, ["spec.objectives[1].indicator.spec"]),
        ({"spec.indicatorRef": "x"}, ["spec"]),
    ],
)
def test_the_parts_of_a_composite_are_checked(changes: dict[str, Any], paths: list[str]) -> None:
    assert strict(changed(slo(changes=COMPOSITE), changes)) == paths


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"startTime": "2026-01-01"}, ["startTime"]),
        ({"startTime": "2026-02-30 00:00:00"}, ["startTime"]),
        ({"startTime": ABSENT}, ["startTime"]),
        ({"timeZone": "Berlin"}, ["timeZone"]),
        ({"timeZone": "Local"}, ["timeZone"]),
        ({"timeZone": ""}, ["timeZone"]),
        ({"timeZone": "../Berlin"}, ["timeZone"]),
    ],
)
def test_a_calendar_names_a_civil_time_and_a_zone(
    changes: dict[str, Any], paths: list[str]
) -> None:
    window = {"duration": "1M", "calendar": changed(CALENDAR, changes)}
    expected = [f"spec.timeWindow[0].calendar.{path}" for path in paths]
    assert strict(slo(changes={"spec.timeWindow[0]": window})) == expected


@pytest.mark.parametrize(
    ("spec", "paths"),
    [
        ({"description": "nothing"}, ["spec"]),
        (ratio_spec() | threshold_spec(), ["spec"]),
        ({"thresholdMetric": {}}, ["spec.thresholdMetric.metricSource"]),
        (
            {"thresholdMetric": {"metricSource": {"spec": {}}}},
            ["spec.thresholdMetric.metricSource.spec"],
        ),
        (
            {"thresholdMetric": {"metricSource": {"type": "x"}}},
            ["spec.thresholdMetric.metricSource.spec"],
        ),
        (
            {"thresholdMetric": metric("q", source="No")},
            ["spec.thresholdMetric.metricSource.metricSourceRef"],
        ),
        ({"ratioMetric": {"counter": "x"}}, ["spec.ratioMetric.counter"]),
        ({"ratioMetric": {"raw": metric("q")}}, ["spec.ratioMetric.rawType"]),
        (
            {"ratioMetric": {"raw": metric("q"), "rawType": "good"}},
            ["spec.ratioMetric.rawType"],
        ),
        (
            {"ratioMetric": {"raw": metric("q"), "rawType": "success", "good": metric("q")}},
            ["spec.ratioMetric"],
        ),
        (
            {"ratioMetric": {"raw": metric("q"), "rawType": "success", "total": metric("q")}},
            ["spec.ratioMetric"],
        ),
        (
            {"ratioMetric": {"total": {"metricSource": {"spec": {}}}, "good": {}}},
            ["spec.ratioMetric.total.metricSource.spec"],
        ),
    ],
)
def test_an_sli_is_refused_at_the_property_that_is_wrong(spec: Body, paths: list[str]) -> None:
    assert strict(sli(spec=spec)) == paths


def test_an_sli_may_be_bad_of_total_or_a_raw_ratio() -> None:
    bad = {"ratioMetric": {"bad": metric("status >= 500"), "total": metric("true")}}
    raw = {"ratioMetric": {"raw": metric("q"), "rawType": "failure"}}
    assert strict(sli(spec=bad)) == strict(sli(spec=raw)) == []


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"spec": {}}, ["spec"]),
        ({"spec.severity": ""}, ["spec.severity"]),
        ({"spec.condition": {}}, ["spec.condition"]),
        ({"spec.condition.kind": ABSENT}, ["spec.condition.kind"]),
        ({"spec.condition.kind": "other"}, ["spec.condition.kind"]),
        ({"spec.condition.op": ABSENT}, ["spec.condition.op"]),
        ({"spec.condition.op": "eq"}, ["spec.condition.op"]),
        ({"spec.condition.threshold": ABSENT}, ["spec.condition.threshold"]),
        ({"spec.condition.lookbackWindow": ""}, ["spec.condition.lookbackWindow"]),
        ({"spec.condition.lookbackWindow": "1x"}, ["spec.condition.lookbackWindow.unit"]),
        ({"spec.condition.lookbackWindow": "-1h"}, ["spec.condition.lookbackWindow.value"]),
        ({"spec.condition.alertAfter": ""}, ["spec.condition.alertAfter.unit"]),
        ({"spec.condition.alertAfter": "x"}, ["spec.condition.alertAfter"]),
    ],
)
def test_a_condition_is_refused_at_the_property_that_is_wrong(
    changes: dict[str, Any], paths: list[str]
) -> None:
    assert strict(condition(changes=changes)) == paths


def test_a_condition_may_leave_out_alert_after_and_have_any_threshold() -> None:
    for changes in ({"spec.condition.alertAfter": ABSENT}, {"spec.condition.threshold": 0}):
        assert strict(condition(changes=changes)) == []


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"spec.conditions": ABSENT}, ["spec.conditions"]),
        ({"spec.conditions[1]": {"conditionRef": "x"}}, ["spec.conditions"]),
        ({"spec.conditions[0].conditionRef": ""}, ["spec.conditions[0].conditionRef"]),
        (
            {"spec.conditions[0]": changed(INLINE_CONDITION, {"spec.severity": ""})},
            ["spec.conditions[0].spec.severity"],
        ),
        ({"spec.notificationTargets": []}, ["spec.notificationTargets"]),
        (
            {"spec.notificationTargets[0]": changed(INLINE_TARGET, {"spec.target": ""})},
            ["spec.notificationTargets[0].spec"],
        ),
        (
            {"spec.notificationTargets[0].targetRef": "No"},
            ["spec.notificationTargets[0].targetRef"],
        ),
        ({"spec.alertWhenBreaching": "yes"}, ["spec.alertWhenBreaching"]),
    ],
)
def test_a_policy_is_refused_at_the_property_that_is_wrong(
    changes: dict[str, Any], paths: list[str]
) -> None:
    assert strict(policy(changes=changes)) == paths


def test_a_policy_may_hold_condition_and_targets_in_place() -> None:
    changes = {"spec.conditions": [INLINE_CONDITION], "spec.notificationTargets": [INLINE_TARGET]}
    assert strict(policy(changes=changes)) == []


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (data_source(changes={"spec.type": ""}), ["spec.type"]),
        (data_source(changes={"spec.connectionDetails": ABSENT}), ["spec.connectionDetails"]),
        (data_source(changes={"spec.connectionDetails": None}), []),
        (data_source(changes={"spec.connectionDetails": ["any", {"thing": 1}]}), []),
        (target(changes={"spec.target": ""}), ["spec.target"]),
        (target(changes={"spec": ABSENT}), ["spec.target"]),
    ],
)
def test_sources_and_targets_are_refused_at_the_property_that_is_wrong(
    body: Body, paths: list[str]
) -> None:
    assert strict(body) == paths


def test_all_problems_of_a_document_are_found_at_once() -> None:
    changes = {
        "metadata.name": "No",
        "spec.service": "",
        "spec.objectives[0].target": 7,
        "spec.timeWindow": [],
    }
    assert strict(slo(changes=changes)) == [
        "metadata.name",
        "spec.objectives[0].target",
        "spec.service",
        "spec.timeWindow",
    ]


def test_what_cannot_be_decoded_is_not_looked_at_further() -> None:
    assert strict(slo(changes={"spec.service": 5, "metadata.name": "No"})) == ["spec.service"]


def test_references_are_not_followed() -> None:
    body = slo(changes={"spec.indicator": ABSENT, "spec.indicatorRef": "nowhere"})
    assert strict(body) == []


@pytest.mark.parametrize("version", ["openslo/v1alpha", "openslo.com/v2alpha"])
def test_other_versions_are_judged_by_their_own_rules(version: str) -> None:
    body = {"apiVersion": version, "kind": "Service", "metadata": {"name": "x"}, "spec": {}}
    assert strict(body) == []
    assert strict(changed(body, {"metadata.name": "No"})) == ["metadata.name"]
    assert list(errors(body)) == ["apiVersion"]

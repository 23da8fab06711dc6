"""OpenSLO v1alpha and v2alpha, which only the strict mode reads: one case per rule."""

from typing import Any

import pytest

from tests.unit.definitions.builder import ABSENT, Body, changed, errors

PROMQL = {"source": "prometheus", "queryType": "promql", "query": "up"}
V1ALPHA_RATIO: Body = {
    "apiVersion": "openslo/v1alpha",
    "kind": "SLO",
    "metadata": {"name": "ratio", "displayName": "Ratio"},
    "spec": {
        "service": "checkout",
        "budgetingMethod": "Timeslices",
        "timeWindows": [{"unit": "Day", "count": 28, "isRolling": True}],
        "objectives": [
            {
                "displayName": "x",
                "target": 0.98,
                "value": 1,
                "timeSliceTarget": 0.9,
                "ratioMetrics": {"good": {**PROMQL}, "total": {**PROMQL}, "incremental": True},
            }
        ],
    },
}
V1ALPHA_THRESHOLD = changed(
    V1ALPHA_RATIO,
    {
        "spec.indicator": {"thresholdMetric": PROMQL},
        "spec.objectives": [{"target": 0.98, "value": 1, "op": "gt"}],
        "spec.budgetingMethod": "Occurrences",
    },
)
METRIC: Body = {"dataSourceRef": "prometheus", "spec": {"query": "up"}}
V2ALPHA: Body = {
    "apiVersion": "openslo.com/v2alpha",
    "kind": "SLO",
    "metadata": {"name": "ratio", "labels": {"env": "prod"}},
    "spec": {
        "serviceRef": "checkout",
        "sli": {
            "metadata": {"name": "x"},
            "spec": {"ratioMetric": {"counter": True, "good": {**METRIC}, "total": {**METRIC}}},
        },
        "timeWindow": [{"duration": "1w", "isRolling": True}],
        "budgetingMethod": "Occurrences",
        "objectives": [{"target": 0.98}],
    },
}
OBJECTIVE = "spec.objectives[0]"
GOOD = "spec.sli.spec.ratioMetric.good"


def strict(body: Body) -> list[str]:
    return sorted(errors(body, strict=True))


@pytest.mark.parametrize("body", [V1ALPHA_RATIO, V1ALPHA_THRESHOLD, V2ALPHA])
def test_a_valid_document_is_accepted(body: Body) -> None:
    assert strict(body) == []


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"metadata.name": ""}, ["metadata.name"]),
        ({"metadata.name": "No"}, ["metadata.name"]),
        ({"metadata.displayName": "d" * 64}, ["metadata.displayName"]),
        ({"metadata.labels": {}}, ["metadata.labels"]),
        ({"spec.service": ""}, ["spec.service"]),
        ({"spec.description": "d" * 1051}, ["spec.description"]),
        ({"spec.budgetingMethod": "RatioTimeslices"}, ["spec.budgetingMethod"]),
        ({"spec.timeWindows": []}, ["spec.timeWindows"]),
        ({"spec.timeWindows[0].unit": "Year"}, ["spec.timeWindows[0].unit"]),
        ({"spec.timeWindows[0].unit": ABSENT}, ["spec.timeWindows[0].unit"]),
        ({"spec.timeWindows[0].count": 0}, ["spec.timeWindows[0].count"]),
        ({"spec.timeWindows[0].count": 1.5}, ["spec.timeWindows[0].count"]),
        ({"spec.timeWindows[0].isRolling": False}, ["spec.timeWindows[0]"]),
        ({f"{OBJECTIVE}.displayName": "d" * 1051}, [f"{OBJECTIVE}.displayName"]),
        ({f"{OBJECTIVE}.value": ABSENT}, [f"{OBJECTIVE}.value"]),
        ({f"{OBJECTIVE}.target": ABSENT}, [f"{OBJECTIVE}.target"]),
        ({f"{OBJECTIVE}.target": 1}, [f"{OBJECTIVE}.target"]),
        ({f"{OBJECTIVE}.op": "gt"}, [f"{OBJECTIVE}.op"]),
        ({f"{OBJECTIVE}.timeSliceTarget": ABSENT}, [f"{OBJECTIVE}.timeSliceTarget"]),
        ({f"{OBJECTIVE}.timeSliceTarget": 1.1}, [f"{OBJECTIVE}.timeSliceTarget"]),
        (
            {f"{OBJECTIVE}.ratioMetrics.good.source": "my-source"},
            [f"{OBJECTIVE}.ratioMetrics.good.source"],
        ),
        (
            {f"{OBJECTIVE}.ratioMetrics.good.queryType": "a1"},
            [f"{OBJECTIVE}.ratioMetrics.good.queryType"],
        ),
        (
            {f"{OBJECTIVE}.ratioMetrics.total.query": " "},
            [f"{OBJECTIVE}.ratioMetrics.total.query"],
        ),
        ({"spec.indicator": {"thresholdMetric": PROMQL}}, ["spec"]),
        ({f"{OBJECTIVE}.ratioMetrics": ABSENT, f"{OBJECTIVE}.op": "gt"}, ["spec"]),
    ],
)
def test_v1alpha_is_refused_at_the_property_that_is_wrong(
    changes: dict[str, Any], paths: list[str]
) -> None:
    assert strict(changed(V1ALPHA_RATIO, changes)) == paths


@pytest.mark.parametrize("value", [0, 1])
def test_a_slice_target_of_v1alpha_may_be_on_either_edge(value: int) -> None:
    assert strict(changed(V1ALPHA_RATIO, {f"{OBJECTIVE}.timeSliceTarget": value})) == []


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({f"{OBJECTIVE}.op": ABSENT}, [f"{OBJECTIVE}.op"]),
        ({f"{OBJECTIVE}.op": "eq"}, [f"{OBJECTIVE}.op"]),
        ({"spec.indicator": {}}, ["spec.indicator.thresholdMetric"]),
        (
            {"spec.indicator.thresholdMetric.source": ABSENT},
            ["spec.indicator.thresholdMetric.source"],
        ),
        (
            {"spec.indicator.thresholdMetric.queryType": ""},
            ["spec.indicator.thresholdMetric.queryType"],
        ),
    ],
)
def test_a_threshold_of_v1alpha_needs_a_metric_and_an_operator(
    changes: dict[str, Any], paths: list[str]
) -> None:
    assert strict(changed(V1ALPHA_THRESHOLD, changes)) == paths


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"metadata.displayName": "x"}, ["metadata.displayName"]),
        ({"metadata.name": "No"}, ["metadata.name"]),
        ({"metadata.labels": {"env": ["prod"]}}, ["metadata.labels.env"]),
        ({"metadata.labels": {"env": "Prod"}}, ["metadata.labels.env"]),
        ({"metadata.labels": {"en v": "x"}}, ["metadata.labels['en v']"]),
        ({"metadata.annotations": {"-x": "x"}}, ["metadata.annotations['-x']"]),
        ({"spec.service": "x"}, ["spec.service"]),
        ({"spec.serviceRef": ""}, ["spec.serviceRef"]),
        ({"spec.sli": ABSENT}, ["spec"]),
        ({"spec.sliRef": "x"}, ["spec"]),
        ({"spec.sli": ABSENT, "spec.sliRef": "No"}, ["spec.sliRef"]),
        ({f"{OBJECTIVE}.op": "gt"}, [f"{OBJECTIVE}.op"]),
        ({f"{GOOD}.dataSourceRef": ABSENT}, [GOOD]),
        ({f"{GOOD}.dataSourceSpec": {"type": "x", "connectionDetails": 1}}, [GOOD]),
        ({f"{GOOD}.dataSourceRef": "No"}, [f"{GOOD}.dataSourceRef"]),
        ({f"{GOOD}.metricSource": {}}, [f"{GOOD}.metricSource"]),
        (
            {GOOD: {"dataSourceSpec": {"type": ""}}},
            [f"{GOOD}.dataSourceSpec.connectionDetails", f"{GOOD}.dataSourceSpec.type"],
        ),
    ],
)
def test_v2alpha_is_refused_at_the_property_that_is_wrong(
    changes: dict[str, Any], paths: list[str]
) -> None:
    assert strict(changed(V2ALPHA, changes)) == paths


def test_a_v2alpha_metric_may_hold_its_source() -> None:
    metric = {"dataSourceSpec": {"type": "x", "connectionDetails": {}}, "spec": {"query": "up"}}
    assert strict(changed(V2ALPHA, {GOOD: metric})) == []


def test_a_v2alpha_policy_is_read_with_everything_in_place() -> None:
    condition = {
        "kind": "AlertCondition",
        "metadata": {"name": "x"},
        "spec": {
            "severity": "page",
            "condition": {
                "kind": "burnrate",
                "op": "gt",
                "threshold": 2,
                "lookbackWindow": "1h",
                "alertAfter": "5m",
            },
        },
    }
    policy = {
        "apiVersion": "openslo.com/v2alpha",
        "kind": "AlertPolicy",
        "metadata": {"name": "x"},
        "spec": {"conditions": [condition], "notificationTargets": [{"targetRef": "on-call"}]},
    }
    assert strict(policy) == []
    named = changed(policy, {"spec.conditions[0].metadata.displayName": "x"})
    assert strict(named) == ["spec.conditions[0].metadata.displayName"]

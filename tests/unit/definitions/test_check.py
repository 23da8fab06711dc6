"""What is checked when definitions are seen together: names, references, meanings, queries."""

from typing import Any

import pytest

from shared.definitions.check import check
from shared.definitions.reader import read_text
from tests.unit.definitions.builder import (
    ABSENT,
    Body,
    changed,
    checked,
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
    warnings,
)

ALERTING = (policy(), condition(), target())
WITH_POLICY = {"spec.alertPolicies": [{"alertPolicyRef": "fast-burn"}]}
SLICED = {
    "spec.budgetingMethod": "Timeslices",
    "spec.objectives[0].timeSliceTarget": 0.9,
    "spec.objectives[0].timeSliceWindow": "5m",
}
BY_NAME = {"spec.indicator": ABSENT, "spec.indicatorRef": "availability"}
PROMETHEUS = definition("DataSource", "prom", {"type": "Prometheus", "connectionDetails": {}})


@pytest.mark.parametrize(
    ("body", "path", "missing"),
    [
        (slo(changes=BY_NAME), "spec.indicatorRef", "SLI named 'availability'"),
        (
            slo(
                changes={
                    "spec.indicator": ABSENT,
                    "spec.objectives": [{"target": 0.9, "indicatorRef": "x"}],
                }
            ),
            "spec.objectives[0].indicatorRef",
            "SLI named 'x'",
        ),
        (
            slo(changes=WITH_POLICY),
            "spec.alertPolicies[0].alertPolicyRef",
            "AlertPolicy named 'fast-burn'",
        ),
        (
            policy(),
            "spec.conditions[0].conditionRef",
            "AlertCondition named 'fast'",
        ),
        (
            policy(),
            "spec.notificationTargets[0].targetRef",
            "AlertNotificationTarget named 'on-call'",
        ),
        (
            sli(spec={"thresholdMetric": metric(source="orders", valueField="ms")}),
            "spec.thresholdMetric.metricSource.metricSourceRef",
            "DataSource named 'orders'",
        ),
        (
            slo(changes={"spec.indicator.spec.ratioMetric.good": metric("a == 1", source="x")}),
            "spec.indicator.spec.ratioMetric.good.metricSource.metricSourceRef",
            "DataSource named 'x'",
        ),
    ],
)
def test_a_reference_that_leads_nowhere_names_what_is_missing(
    body: Body, path: str, missing: str
) -> None:
    assert errors(body)[path] == f"there is no {missing}"


def test_a_service_without_a_document_is_only_a_warning() -> None:
    assert errors(slo()) == {}
    assert warnings(slo()) == {"spec.service": "there is no Service named 'checkout'"}
    assert warnings(slo(), service()) == {}


def test_a_name_nearly_right_is_suggested() -> None:
    message = errors(slo(changes=BY_NAME), sli("availabilty"))["spec.indicatorRef"]
    assert message.endswith("did you mean 'availabilty'?")


def test_what_an_slo_cannot_mean_is_told_beside_what_has_not_its_form() -> None:
    body = slo(
        changes={
            "spec.budgetingMethod": "x",
            "spec.objectives[0].target": 7,
            "spec.timeWindow[0].duration": "1M",
        }
    )
    assert set(errors(body)) == {
        "spec.budgetingMethod",
        "spec.objectives[0].target",
        "spec.timeWindow[0].duration",
    }


@pytest.mark.parametrize("good", ["true", "service == 'checkout'", "service == 'checkout' && true"])
def test_good_that_demands_no_more_than_total_is_refused(good: str) -> None:
    (message,) = errors(sli(spec=ratio_spec(good=good))).values()
    assert message == "good counts exactly what total counts: the SLI is always the same"


def test_a_misspelt_query_is_not_said_to_count_everything() -> None:
    changes: Body = {f"{GOOD}.spec.qery": "status < 500", f"{GOOD}.spec.query": ABSENT}
    assert list(errors(sli(**changes))) == [f"{GOOD}.spec.qery"]


def test_references_are_answered_by_known_documents_and_by_malformed_ones() -> None:
    assert errors(slo(changes=BY_NAME), known=(sli(),)) == {}
    broken = sli(spec={"nonsense": 1})
    assert set(errors(slo(changes=BY_NAME), broken)) == {"spec.nonsense"}


@pytest.mark.parametrize("name", ["requests", "uptime", "work"])
def test_the_built_in_sources_need_no_declaration(name: str) -> None:
    spec = {"ratioMetric": {"good": metric("up", source=name), "total": metric(source=name)}}
    assert errors(sli(spec=spec)) == {}


def test_two_definitions_of_one_kind_and_name_are_refused_naming_the_first() -> None:
    text = "\n---\n".join(
        "apiVersion: openslo/v1\nkind: Service\nmetadata:\n  name: checkout\nspec: {}"
        for _ in range(2)
    )
    documents, _ = read_text(text, "a.yaml")
    (problem,) = check(documents).errors
    assert (problem.path, problem.line) == ("metadata.name", 10)
    assert problem.message == "there is already a definition of Service/checkout (a.yaml:1)"
    assert check(documents, strict=True).errors == ()


def test_the_same_name_in_two_kinds_and_in_the_known_set_is_no_duplicate() -> None:
    assert errors(service("x"), data_source("x"), known=(service("x"),)) == {}


def test_a_threshold_metric_needs_op_and_value_even_when_it_is_referred_to() -> None:
    threshold = sli(spec=threshold_spec())
    assert set(errors(slo(changes=BY_NAME), threshold)) == {
        "spec.objectives[0].op",
        "spec.objectives[0].value",
    }
    given = {"spec.objectives[0].op": "lte", "spec.objectives[0].value": 250}
    assert errors(slo(changes=BY_NAME | given), threshold) == {}


def test_objectives_of_one_slo_have_different_names() -> None:
    objectives = [{"target": 0.9}, {"target": 0.8}, {"target": 0.7, "displayName": "objective-1"}]
    assert list(errors(slo(changes={"spec.objectives": objectives}))) == [
        "spec.objectives[2].displayName"
    ]


@pytest.mark.parametrize("part", ["good", "bad"])
def test_good_or_bad_identical_to_total_is_refused(part: str) -> None:
    total = metric("service == 'checkout'")
    spec = {"ratioMetric": {part: metric("(service == 'checkout')"), "total": total}}
    assert list(errors(sli(spec=spec))) == [f"spec.ratioMetric.{part}"]


def test_good_identical_to_total_in_another_language_is_a_warning() -> None:
    both = metric("sum(x)", source="prom")
    body = sli(spec={"ratioMetric": {"good": both, "total": both}})
    assert errors(body, PROMETHEUS) == {}
    assert list(warnings(body, PROMETHEUS)) == ["spec.ratioMetric.good"]


@pytest.mark.parametrize(
    ("target_", "threshold", "op", "reachable"),
    [
        (0.999, 1000, "gte", True),
        (0.999, 1000, "gt", False),
        (0.999, 1000.1, "gte", False),
        (0.999, 999, "gt", True),
        (0.9, 14.4, "gte", False),
        (0.9, 14.4, "lte", True),
        (0.95, 20, "gte", True),
        (0.95, 20, "gt", False),
    ],
)
def test_a_threshold_out_of_reach_is_refused(
    target_: float, threshold: float, op: str, reachable: bool
) -> None:
    body = slo(changes=WITH_POLICY | {"spec.objectives[0].target": target_})
    burn = condition(changes={"spec.condition.threshold": threshold, "spec.condition.op": op})
    found = errors(body, burn, policy(), target())
    assert list(found) == ([] if reachable else ["spec.alertPolicies[0]"])


def test_the_refusal_names_the_slo_the_objective_and_the_condition() -> None:
    body = slo(changes=WITH_POLICY | {"spec.objectives[0].target": 0.9})
    assert errors(body, *ALERTING)["spec.alertPolicies[0]"] == (
        "the condition 'fast' can never hold for checkout-availability/availability: its "
        "threshold is 14.4, and with everything failing the burn rate is 10"
    )


def test_the_parts_of_a_composite_burn_together() -> None:
    parts = [{"target": 0.9, "indicatorRef": "availability", "compositeWeight": w} for w in (1, 1)]
    parts[1]["displayName"] = "second"
    body = slo(changes=WITH_POLICY | {"spec.indicator": ABSENT, "spec.objectives": parts})
    assert errors(body, sli(), *ALERTING) == {}
    exactly = changed(body, {"spec.objectives[1].compositeWeight": 0.44})
    assert errors(exactly, sli(), *ALERTING) == {}
    more = condition(changes={"spec.condition.op": "gt"})
    assert list(errors(exactly, sli(), more, policy(), target())) == ["spec.alertPolicies[0]"]
    weaker = changed(body, {"spec.objectives[1].compositeWeight": 0.4})
    assert list(errors(weaker, sli(), *ALERTING)) == ["spec.alertPolicies[0]"]


def test_a_new_condition_may_not_break_an_slo_in_force() -> None:
    in_force = (slo(changes=WITH_POLICY), *ALERTING, service())
    out_of_reach = condition(changes={"spec.condition.threshold": 2000})
    (problem,) = checked(out_of_reach, known=in_force).errors
    assert problem.path == "spec.alertPolicies[0]"
    assert "checkout-availability" in problem.message
    assert errors(condition(changes={"spec.severity": "ticket"}), known=in_force) == {}


def test_what_was_broken_before_is_not_held_against_a_change() -> None:
    in_force = (slo(changes=BY_NAME), slo("other", WITH_POLICY), *ALERTING)
    assert errors(condition(changes={"spec.severity": "ticket"}), known=in_force) == {}


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (data_source(changes={"spec.type": "kafak"}), "spec.type", "did you mean 'kafka'?"),
        (
            condition(changes={"spec.condition.op": "lt"}),
            "spec.condition.op",
            "alerts while the burn rate is low",
        ),
        (
            policy(changes={"spec.alertWhenBreaching": False}),
            "spec",
            "never alerts",
        ),
        (
            condition(changes={"metadata.annotations": {"leeway/short-window": "1h"}}),
            "metadata.annotations['leeway/short-window']",
            "not shorter than the lookback window of 1h",
        ),
        (
            target(changes={"metadata.annotations": ABSENT}),
            "metadata",
            "alerts are recorded, not sent",
        ),
        (
            slo(
                changes={
                    "spec.timeWindow[0]": {
                        "duration": "1M",
                        "calendar": {"startTime": "2026-01-01 00:10:00", "timeZone": "UTC"},
                    }
                }
            ),
            "spec.timeWindow[0].calendar.startTime",
            "rounded down",
        ),
        (
            slo(changes=SLICED | {"metadata.annotations": {"leeway/no-data": "carry"}}),
            "metadata.annotations['leeway/no-data']",
            "one reporter per series",
        ),
        (
            slo(changes={"metadata.annotations": {"leeway/no-data": "bad"}}),
            "metadata.annotations['leeway/no-data']",
            "Occurrences counts events",
        ),
        (
            sli(
                spec={"ratioMetric": {"good": metric("a == 1", valueField="x"), "total": metric()}}
            ),
            "spec.ratioMetric.good.metricSource.spec.valueField",
            "means nothing in a ratio",
        ),
        (
            slo(changes={"spec.indicator.spec": ABSENT}),
            "spec",
            "not evaluated: the SLI names nothing to count",
        ),
        (
            slo(
                changes={
                    "spec.indicator.spec": {"thresholdMetric": metric("x", source="prom")},
                    "spec.objectives[0].op": "lt",
                    "spec.objectives[0].value": 1,
                }
            ),
            "spec",
            "not evaluated: no adapter for Prometheus",
        ),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(body: Body, path: str, message: str) -> None:
    known = (service(), PROMETHEUS, condition(), target())
    assert errors(body, known=known) == {}
    found = warnings(body, known=known)
    assert message in found[path]


def composite(*lengths: str, group_by: str = "") -> Body:
    """Return a composite with a part for each of these lengths of slices."""
    annotations = {"leeway/group-by": group_by} if group_by else {}
    metadata = {"name": "other", "annotations": annotations}
    other: Body = {"metadata": metadata, "spec": ratio_spec("status < 300")}
    inline: Body = {"metadata": {"name": "one"}, "spec": ratio_spec()}
    parts = [
        {
            "displayName": f"part-{number}",
            "target": 0.9,
            "timeSliceTarget": 0.9,
            "timeSliceWindow": length,
            "indicator": other if number else inline,
        }
        for number, length in enumerate(lengths)
    ]
    changes = {"spec.budgetingMethod": "Timeslices", "spec.objectives": parts}
    return slo(changes=changes | {"spec.indicator": ABSENT})


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (
            composite("5m", "10m"),
            "spec.objectives[1].timeSliceWindow",
            "slices of the same length",
        ),
        (composite("5m", "5m", group_by="tenant"), "spec.objectives[1]", "by the same fields"),
        (
            slo(changes=SLICED | {"metadata.annotations": {"leeway/silence-after": "8d"}}),
            "metadata.annotations['leeway/silence-after']",
            "carried over 1w at most",
        ),
    ],
)
def test_slices_that_cannot_be_counted_are_refused(body: Body, path: str, message: str) -> None:
    assert message in errors(body, service())[path]


def test_parts_with_equal_slices_are_fine() -> None:
    assert errors(composite("5m", "5m"), service()) == {}


def test_carry_grouped_by_the_probe_is_no_warning() -> None:
    changes = SLICED | {
        "metadata.annotations": {"leeway/no-data": "carry"},
        "spec.indicator.metadata.annotations": {"leeway/group-by": "probe"},
    }
    assert warnings(slo(changes=changes), service()) == {}


@pytest.mark.parametrize(
    ("kind", "key", "good", "bad"),
    [
        ("AlertCondition", "short-window", "5m", "0m"),
        ("AlertCondition", "short-window", "1h", "1M"),
        ("AlertCondition", "min-bad-events", "2", "two"),
        ("AlertCondition", "keep-firing-for", "0m", "soon"),
        ("AlertCondition", "budget-below", "0.25", "25%"),
        ("AlertCondition", "budget-below", "1", "1.5"),
        ("AlertCondition", "exhausted-within", "3d", "soon"),
        ("SLO", "no-data", "exclude", "ignore"),
        ("SLO", "silence-after", "1h", "x"),
        ("SLO", "owner", "me@example.com", " "),
        ("Service", "runbook", "https://example.com", ""),
        ("SLI", "group-by", "tenant, meta.region", "tenant,,x"),
        ("SLI", "group-by", "tenant", "tenant, tenant"),
        ("AlertNotificationTarget", "secret-env", "SLACK_TOKEN", "xoxb-123"),
    ],
)
def test_our_annotations_are_checked_by_value(kind: str, key: str, good: str, bad: str) -> None:
    bodies = {
        "AlertCondition": condition(changes={"spec.condition.lookbackWindow": "6h"}),
        "SLO": slo(),
        "Service": service(),
        "SLI": sli(),
        "AlertNotificationTarget": target(),
    }
    path = f"metadata.annotations['leeway/{key}']"
    assert errors(changed(bodies[kind], {path: good})) == {}
    assert list(errors(changed(bodies[kind], {path: bad}))) == [path]


@pytest.mark.parametrize(
    ("body", "key", "message"),
    [
        (slo(), "leeway/no-dta", "did you mean leeway/no-data?"),
        (slo(), "leeway/group-by", "leeway/group-by belongs on SLI, not on SLO"),
        (service(), "leeway/xyz", "Service understands leeway/owner, leeway/runbook"),
        (data_source(), "leeway/xyz", "DataSource understands no annotation of Leeway's"),
    ],
)
def test_an_annotation_of_ours_that_does_not_exist_is_refused(
    body: Body, key: str, message: str
) -> None:
    path = f"metadata.annotations['{key}']"
    assert message in errors(changed(body, {path: "x"}))[path]


def test_annotations_of_others_and_those_in_place_are_told_apart() -> None:
    changes = {
        "metadata.annotations": {"example.com/anything": "x"},
        "spec.indicator.metadata.annotations": {"leeway/owner": "x"},
    }
    assert list(errors(slo(changes=changes))) == [
        "spec.indicator.metadata.annotations['leeway/owner']"
    ]


DETAILS = "spec.connectionDetails"


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({DETAILS: ABSENT}, DETAILS, "an object with the topic is needed; it is missing"),
        ({DETAILS: [1]}, DETAILS, "it is a list"),
        ({DETAILS: {}}, f"{DETAILS}.topic", "is required"),
        ({f"{DETAILS}.topic": "a b"}, f"{DETAILS}.topic", "cannot be the name of a topic"),
        ({f"{DETAILS}.topic": "leeway.counts.v1"}, f"{DETAILS}.topic", "Leeway's own"),
        ({f"{DETAILS}.topic": 5}, f"{DETAILS}.topic", "a text was expected"),
        ({f"{DETAILS}.format": "avro"}, f"{DETAILS}.format", "is none of json"),
        ({f"{DETAILS}.timestampfield": "x"}, f"{DETAILS}.timestampfield", "'timestampField'?"),
        ({f"{DETAILS}.idField": "a..b"}, f"{DETAILS}.idField", "is no field"),
        ({f"{DETAILS}.idField": 'a"b'}, f"{DETAILS}.idField", "without quotes"),
        ({f"{DETAILS}.timestampField": "a\\b"}, f"{DETAILS}.timestampField", "is no field"),
        ({f"{DETAILS}.weightField": "a\x00b"}, f"{DETAILS}.weightField", "is no field"),
        ({f"{DETAILS}.weightField": "n\u200bm."}, f"{DETAILS}.weightField", "is no field"),
    ],
)
def test_connection_details_of_kafka_are_checked_key_by_key(
    changes: dict[str, Any], path: str, message: str
) -> None:
    assert message in errors(data_source(changes=changes))[path]


def test_connection_details_of_others_are_their_own_affair() -> None:
    changes = {"spec.type": "Prometheus", "spec.connectionDetails": [{"anything": 1}]}
    assert errors(data_source(changes=changes)) == {}


GOOD = "spec.ratioMetric.good.metricSource"


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({f"{GOOD}.spec": {"qery": "true"}}, f"{GOOD}.spec.qery", "did you mean 'query'?"),
        ({f"{GOOD}.spec.query": 5}, f"{GOOD}.spec.query", "a text was expected"),
        ({f"{GOOD}.spec.query": "a = 1"}, f"{GOOD}.spec.query", "at character 3 of the query"),
        ({f"{GOOD}.spec.weightField": "a b"}, f"{GOOD}.spec.weightField", "is no field"),
        ({f"{GOOD}.metricSourceRef": ABSENT}, GOOD, "metricSourceRef or type must be given"),
        (
            {f"{GOOD}.metricSourceRef": ABSENT, f"{GOOD}.type": "kafka"},
            f"{GOOD}.metricSourceRef",
            "is required for type kafka",
        ),
        ({f"{GOOD}.type": "Prometheus"}, f"{GOOD}.type", "which is of type kafka"),
    ],
)
def test_metric_sources_of_kafka_are_checked_key_by_key(
    changes: dict[str, Any], path: str, message: str
) -> None:
    found = errors(sli(spec=changed({"spec": ratio_spec()}, changes)["spec"]))
    assert message in found[path]


def test_a_threshold_metric_names_the_field_it_compares() -> None:
    found = errors(sli(spec={"thresholdMetric": metric("true")}))
    assert list(found) == ["spec.thresholdMetric.metricSource.spec.valueField"]


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("a = 1", 8, 18),
        ("'a = 1'", 8, 19),
        ('"a = 1"', 8, 19),
        ("|\n          a = 1", 8, 9),
    ],
)
def test_an_error_in_a_query_points_into_it_where_the_text_is_on_one_line(
    query: str, line: int, column: int
) -> None:
    text = (
        "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: x}\nspec:\n  thresholdMetric:\n"
        f"    metricSource:\n      spec:\n        query: {query}\n        valueField: ms\n"
        "      metricSourceRef: requests\n"
    )
    documents, problems = read_text(text, "x.yaml")
    assert problems == []
    (problem,) = check(documents).errors
    assert (problem.line, problem.column) == (line, column)


def test_what_is_wrong_in_form_does_not_hide_what_else_is_wrong() -> None:
    changes = {
        "spec.budgetingMethod": "Occurences",
        "spec.objectives[0]": "0.9",
        "spec.indicator.spec": ratio_spec(good="status = 200"),
        "spec.alertPolicies": [{"alertPolicyRef": "fast-burn"}, 5],
        "metadata.annotations": {"leeway/no-dta": "carry", "leeway/owner": 7},
    }
    assert set(errors(slo(changes=changes))) == {
        "spec.budgetingMethod",
        "spec.objectives[0]",
        "spec.indicator.spec.ratioMetric.good.metricSource.spec.query",
        "spec.alertPolicies[0].alertPolicyRef",
        "spec.alertPolicies[1]",
        "metadata.annotations['leeway/no-dta']",
        "metadata.annotations['leeway/owner']",
    }


def test_what_follows_from_a_wrong_form_is_not_reported_beside_it() -> None:
    changes = {"spec.alertWhenBreaching": "yes", "spec.conditions": [{"conditionRef": "Not One"}]}
    assert set(errors(policy(changes=changes), target())) == {
        "spec.alertWhenBreaching",
        "spec.conditions[0].conditionRef",
    }
    assert warnings(policy(changes=changes), target()) == {}


def test_strict_mode_has_neither_warnings_nor_checks_across_documents() -> None:
    result = checked(slo(changes=BY_NAME), slo(changes=BY_NAME), strict=True)
    assert (result.errors, result.warnings) == ((), ())

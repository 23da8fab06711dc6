"""The JSON Schema says what the checks of single documents say."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from shared.definitions.check import check
from shared.definitions.document import document_of
from shared.definitions.reader import read_paths
from shared.definitions.schema import json_schema
from tests.unit.definitions.builder import (
    ABSENT,
    EVERY_KIND,
    Body,
    agreement,
    condition,
    data_source,
    definition,
    metric,
    policy,
    service,
    sli,
    slo,
    target,
)
from tests.unit.definitions.test_any_document import bodies

EXAMPLES = Path(__file__).parents[3] / "examples"
VALIDATOR = Draft202012Validator(json_schema())
WINDOW = "spec.timeWindow[0]"
OBJECTIVE = "spec.objectives[0]"
INLINE_POLICY = {"kind": "AlertPolicy", "metadata": {"name": "p"}, "spec": policy()["spec"]}
CALENDAR = {"startTime": "2026-01-01 00:00:00", "timeZone": "Europe/Berlin"}
PROMETHEUS = definition("DataSource", "prom", {"type": "Prometheus", "connectionDetails": {"x": 1}})


def fits(file: Any) -> bool:
    return VALIDATOR.is_valid(file)


def test_the_schema_is_one_of_draft_2020_12_and_plain_json() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert json.loads(json.dumps(json_schema())) == json_schema()


@pytest.mark.parametrize(
    "body",
    [
        *EVERY_KIND.values(),
        PROMETHEUS,
        agreement(),
        slo(changes={"spec.timeWindow": ABSENT}),
        slo(changes={"spec.timeWindow[0]": {"duration": "1M", "calendar": CALENDAR}}),
        slo(
            changes={
                "spec.budgetingMethod": "Timeslices",
                "spec.objectives[0].timeSliceTarget": 0.95,
                "spec.objectives[0].timeSliceWindow": 5,
            }
        ),
        slo(changes={"spec.description": None, "metadata.labels": {"a": ["b", "c"], "d": "e"}}),
        slo(changes={"metadata.annotations": {"leeway/no-data": "carry", "x.y/z": "anything"}}),
        slo(changes={"spec.indicator": ABSENT, OBJECTIVE: {"target": 0.9, "indicatorRef": "x"}}),
        slo(changes={"spec.alertPolicies": [{"alertPolicyRef": "x"}, INLINE_POLICY]}),
        service(changes={"spec": ABSENT}),
    ],
)
def test_what_is_accepted_fits(body: Body) -> None:
    assert fits(body)


def test_a_file_may_hold_a_list_of_definitions() -> None:
    assert fits(list(EVERY_KIND.values()))
    assert not fits([slo(), {"kind": "SLO"}])


@pytest.mark.parametrize(
    "body",
    [
        slo(changes={"kind": "SLOO"}),
        slo(changes={"apiVersion": "openslo/v2"}),
        slo(changes={"metadata.name": "Not A Name"}),
        slo(changes={"metadata.name": ""}),
        slo(changes={"spec.servce": "x"}),
        slo(changes={"spec.service": ABSENT}),
        slo(changes={"spec.budgetingMethod": "Occurences"}),
        slo(changes={"spec.budgetingMethod": "Timeslices"}),
        slo(changes={"spec.indicator": ABSENT}),
        slo(changes={"spec.indicatorRef": "x"}),
        slo(changes={f"{OBJECTIVE}.indicatorRef": "x"}),
        slo(changes={"spec.objectives": []}),
        slo(changes={f"{OBJECTIVE}.target": 1}),
        slo(changes={f"{OBJECTIVE}.target": "0.9"}),
        slo(changes={f"{OBJECTIVE}.targetPercent": 99}),
        slo(changes={f"{OBJECTIVE}.op": "less"}),
        slo(changes={f"{WINDOW}.duration": "30 days"}),
        slo(changes={f"{WINDOW}.duration": "0d"}),
        slo(changes={f"{WINDOW}.isRolling": False}),
        slo(changes={f"{WINDOW}.calendar": CALENDAR}),
        slo(changes={"metadata.annotations": {"leeway/no-dta": "carry"}}),
        slo(changes={"metadata.annotations": {"leeway/no-data": "ignore"}}),
        data_source(changes={"metadata.annotations": {"leeway/owner": "x"}}),
        agreement(changes={"spec.promises": []}),
        agreement(changes={"spec.typ": "SLA"}),
        agreement(changes={"spec.scope.services": [None]}),
        slo(changes={"spec.indicator.metadata.annotations": {"leeway/owner": "x"}}),
        slo(changes={"spec.alertPolicies": ["fast-burn"]}),
        slo(changes={"spec.alertPolicies": [{"alertPolicyRef": "x", "spec": {}}]}),
        slo(changes={"spec.alertPolicies": [{"alertPolicyRef": "Not A Name"}]}),
        sli(spec={"ratioMetric": {"total": metric("true")}}),
        sli(spec={"thresholdMetric": metric("true"), "ratioMetric": {}}),
        data_source(changes={"spec.connectionDetails.topics": "x"}),
        data_source(changes={"spec.connectionDetails.topic": "leeway.counts.v1"}),
        data_source(changes={"spec.connectionDetails.idField": 'a"b'}),
        condition(changes={"spec.condition.lookbackWindow": "1x"}),
        condition(changes={"spec.severity": ABSENT}),
        policy(changes={"spec.conditions": [{"conditionRef": "a"}, {"conditionRef": "b"}]}),
        target(changes={"spec.target": ABSENT}),
    ],
)
def test_what_is_clearly_wrong_does_not_fit(body: Body) -> None:
    assert not fits(body)


@pytest.mark.parametrize("folder", ["cookbook", "incident", "shop", "uptime", "web"])
def test_the_examples_fit(folder: str) -> None:
    documents = read_paths([EXAMPLES / folder]).documents
    assert documents
    for document in documents:
        assert fits(document.body), document.key


@settings(max_examples=300, deadline=None)
@given(bodies())
def test_every_document_that_is_accepted_fits(made: list[Body]) -> None:
    for body in made:
        if body and not check([document_of(body)]).errors:
            assert fits(body), body

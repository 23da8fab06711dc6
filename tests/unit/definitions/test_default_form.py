"""Where the default mode follows the specification's text instead of the reference tool."""

from typing import Any

import pytest

from tests.unit.definitions.builder import (
    ABSENT,
    EVERY_KIND,
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
)

ALL = tuple(EVERY_KIND.values())
CALENDAR = {"startTime": "2026-01-01 00:00:00", "timeZone": "Europe/Berlin"}
SLICED = {
    "spec.budgetingMethod": "Timeslices",
    "spec.objectives[0].timeSliceTarget": 0.9,
    "spec.objectives[0].timeSliceWindow": "1m",
}


def found(body: Body) -> dict[str, str]:
    return errors(body, known=(service(), condition(), target(), policy(), sli()))


def test_valid_documents_of_every_kind_are_accepted_together() -> None:
    bodies = [*ALL, changed(sli(), {"metadata.name": "other"})]
    assert errors(*bodies) == {}


@pytest.mark.parametrize(
    "body",
    [
        slo(changes={"spec.timeWindow": ABSENT}),
        slo(changes={"spec.timeWindow[0].isRolling": ABSENT}),
        slo(changes={"spec.timeWindow[0]": {"duration": "1M", "calendar": CALENDAR}}),
        slo(changes={"spec.objectives[0].op": "lte", "spec.objectives[0].value": 1}),
        slo(changes=SLICED | {"spec.objectives[0].timeSliceWindow": 5}),
        slo(changes={"metadata.name": "shop/checkout.availability|v2"}),
        slo(changes={"metadata.name": "n" * 255}),
        service(changes={"metadata.displayName": "d" * 64}),
        service(changes={"spec": ABSENT}),
        condition(changes={"spec.condition.kind": ABSENT}),
        condition(changes={"spec.condition.op": ABSENT}),
        condition(changes={"spec.condition.alertAfter": "0m"}),
        data_source(changes={"spec.type": "Prometheus", "spec.connectionDetails": ABSENT}),
        sli(
            spec=ratio_spec() | {"ratioMetric": {"good": metric("status < 500"), "total": metric()}}
        ),
    ],
)
def test_what_the_text_allows_is_accepted(body: Body) -> None:
    assert found(body) == {}


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (slo(changes={"spec.timeWindow": []}), "spec.timeWindow", "exactly 1"),
        (slo(changes={"spec.objectives": []}), "spec.objectives", "at least 1"),
        (slo(changes={"spec.objectives": ABSENT}), "spec.objectives", "required"),
        (slo(changes={"spec.objectives[0].op": "eq"}), "spec.objectives[0].op", "none of gt"),
        (
            slo(changes={"spec.objectives[0].target": 1.2}),
            "spec.objectives[0].target",
            "1.2 is not below 1",
        ),
        (
            slo(changes={"spec.objectives[0].target": 99.9}),
            "spec.objectives[0].target",
            "99.9 is not below 1; write 0.999, or targetPercent: 99.9",
        ),
        (
            slo(changes={"spec.objectives[0].target": "99.9%"}),
            "spec.objectives[0].target",
            "a number was expected, not the text '99.9%'",
        ),
        (slo(changes={"objectives": []}), "objectives", "it belongs below 'spec': indent it"),
        (slo(changes={"kind": "Slo"}), "kind", "did you mean 'SLO'?"),
        (slo(changes={"kind": "Agreement"}), "kind", "write apiVersion: leeway/v1"),
        (
            slo(changes={"spec.objectives[0].compositeWeight": 0}),
            "spec.objectives[0].compositeWeight",
            "0 is not above 0",
        ),
        (
            slo(changes={"spec.objectives[0].timeSliceTarget": 7}),
            "spec.objectives[0].timeSliceTarget",
            "7 is above 1",
        ),
        (
            slo(changes={"spec.timeWindow[0].duration": "0d"}),
            "spec.timeWindow[0].duration",
            "no length of time",
        ),
        (
            slo(changes={"spec.timeWindow[0].duration": "30 d"}),
            "spec.timeWindow[0].duration",
            "a whole number and one of m, h, d, w, M, Q, Y",
        ),
        (
            slo(changes={"spec.timeWindow[0].isRolling": False}),
            "spec.timeWindow[0]",
            "calendar must be given",
        ),
        (service(changes={"metadata.name": "Checkout"}), "metadata.name", "lower case"),
        (service(changes={"metadata.name": "n" * 256}), "metadata.name", "256 characters"),
        (
            service(changes={"metadata.labels": {"team": ["a", 5]}}),
            "metadata.labels.team[1]",
            "a text was expected, not the number 5; put it in quotes",
        ),
        (service(changes={"metadata.displayName": 5}), "metadata.displayName", "in quotes"),
        (service(changes={"spec.descripton": "x"}), "spec.descripton", "did you mean 'desc"),
        (service(changes={"spec.Description": "x"}), "spec.Description", "did you mean 'desc"),
        (service(changes={"spec.other": "x"}), "spec.other", "known are description"),
        (service(changes={"kind": "Servic"}), "kind", "did you mean 'Service'?"),
        (service(changes={"kind": ABSENT}), "kind", "is required"),
        (service(changes={"apiVersion": "openslo/v2"}), "apiVersion", "did you mean 'openslo/v1'"),
        (policy(changes={"spec.conditions": ABSENT}), "spec.conditions", "required"),
        (
            condition(changes={"spec.condition.lookbackWindow": ABSENT}),
            "spec.condition.lookbackWindow",
            "required",
        ),
        (
            condition(changes={"spec.condition.lookbackWindow": "1x"}),
            "spec.condition.lookbackWindow",
            "no duration",
        ),
        (
            condition(changes={"spec.condition.threshold": ABSENT}),
            "spec.condition.threshold",
            "required",
        ),
        (
            condition(changes={"spec.condition.op": "eq"}),
            "spec.condition.op",
            "none of gt",
        ),
        (
            slo(changes={"spec.indicator": ABSENT, "spec.indicatorRef": "No Name"}),
            "spec.indicatorRef",
            "is no name",
        ),
        (
            slo(changes={"spec.alertPolicies": ["fast-burn"]}),
            "spec.alertPolicies[0]",
            "write it as an object: alertPolicyRef: fast-burn",
        ),
        (
            condition(changes={"spec.condition.kind": "other"}),
            "spec.condition.kind",
            "none of burnrate",
        ),
        (
            slo(
                changes={
                    "spec.timeWindow[0]": {
                        "duration": "1M",
                        "calendar": {**CALENDAR, "timeZone": None},
                    }
                }
            ),
            "spec.timeWindow[0].calendar.timeZone",
            "required",
        ),
        (
            slo(changes={"spec.indicator.metadata.name": ABSENT}),
            "spec.indicator.metadata",
            "required",
        ),
        (
            policy(changes={"spec.notificationTargets": ABSENT}),
            "spec.notificationTargets",
            "required",
        ),
    ],
)
def test_what_it_does_not_allow_is_refused_in_plain_words(
    body: Body, path: str, message: str
) -> None:
    problems = found(body)
    assert list(problems) == [path]
    assert message in problems[path]


def test_the_problems_of_a_malformed_value_are_not_repeated() -> None:
    body = slo(changes={"spec.objectives": "none", "spec.service": 5, "metadata.name": "No"})
    assert sorted(found(body)) == ["metadata.name", "spec.objectives", "spec.service"]


@pytest.mark.parametrize("length", ["2m", "7m", "25h", "3d", "1M", 7, 0.5, 90])
def test_a_slice_divides_an_hour_or_is_whole_hours_up_to_a_day(length: Any) -> None:
    problems = found(slo(changes=SLICED | {"spec.objectives[0].timeSliceWindow": length}))
    assert list(problems) == ([] if length == "2m" else ["spec.objectives[0].timeSliceWindow"])


@pytest.mark.parametrize("length", [1, "5m", "1h", "6h", "24h", "1d"])
def test_such_slices_are_accepted(length: Any) -> None:
    assert found(slo(changes=SLICED | {"spec.objectives[0].timeSliceWindow": length})) == {}


def test_a_slice_is_not_longer_than_the_window() -> None:
    changes = {"spec.timeWindow[0].duration": "2h", "spec.objectives[0].timeSliceWindow": "3h"}
    problems = found(slo(changes=SLICED | changes))
    assert problems == {
        "spec.objectives[0].timeSliceWindow": "the slice is longer than the window of 2h"
    }


@pytest.mark.parametrize(
    ("duration", "message"),
    [
        ("1M", "write 30d"),
        ("1Q", "write 90d"),
        ("1Y", "write 365d"),
        ("401d", "longer than counts are kept"),
    ],
)
def test_a_rolling_window_has_a_length_that_can_be_counted(duration: str, message: str) -> None:
    problems = found(slo(changes={"spec.timeWindow[0].duration": duration}))
    assert list(problems) == ["spec.timeWindow[0].duration"]
    assert message in problems["spec.timeWindow[0].duration"]


def test_a_calendar_window_is_not_shorter_than_an_hour() -> None:
    window = {"duration": "30m", "calendar": CALENDAR}
    problems = found(slo(changes={"spec.timeWindow[0]": window}))
    assert list(problems) == ["spec.timeWindow[0].duration"]


@pytest.mark.parametrize(
    ("duration", "held"),
    [
        ("1Y", True),
        ("13M", True),
        ("14M", False),
        ("5Q", False),
        ("2Y", False),
        ("9600h", True),
        ("9601h", False),
        ("57w", True),
        ("58w", False),
    ],
)
def test_a_calendar_window_is_not_longer_than_counts_are_kept(duration: str, *, held: bool) -> None:
    window = {"duration": duration, "calendar": CALENDAR}
    problems = found(slo(changes={"spec.timeWindow[0]": window}))
    message = f"a period of {duration} is longer than counts are kept, which is 400d"
    assert problems == ({} if held else {"spec.timeWindow[0].duration": message})


@pytest.mark.parametrize("key", ["lookbackWindow", "alertAfter"])
def test_the_lengths_of_a_condition_are_fixed(key: str) -> None:
    problems = found(condition(changes={f"spec.condition.{key}": "1M"}))
    assert problems == {f"spec.condition.{key}": "1M has no fixed length; write 30d"}


def test_a_composite_gives_every_part_an_indicator() -> None:
    parts = [{"target": 0.9, "indicatorRef": "availability"}, {"target": 0.9}]
    body = slo(changes={"spec.indicator": ABSENT, "spec.objectives": parts})
    assert list(found(body)) == ["spec.objectives[1]"]


def test_an_unknown_kind_in_place_is_refused() -> None:
    inline = definition("AlertCondtion", "x", condition()["spec"])
    del inline["apiVersion"]
    assert list(found(policy(changes={"spec.conditions": [inline]}))) == ["spec.conditions[0].kind"]


def test_a_longer_name_may_be_referred_to() -> None:
    name = "shop/checkout.availability"
    by_name = slo(changes={"spec.indicator": ABSENT, "spec.indicatorRef": name})
    assert errors(by_name, sli(name)) == {}
    alerting = slo(changes={"spec.alertPolicies": [{"alertPolicyRef": name}]})
    assert errors(alerting, policy(name), condition(), target()) == {}
    assert list(errors(by_name, strict=True)) == ["spec.indicatorRef"]

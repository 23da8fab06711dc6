"""Agreements: what cannot be agreed on, and what is probably not meant."""

from datetime import date
from typing import Any

import pytest

from shared.definitions.check import Checked, check
from tests.unit.definitions.builder import (
    ABSENT,
    Body,
    agreement,
    documents,
    service,
    slo,
)

TODAY = date(2026, 2, 1)
TWO_OBJECTIVES = slo(
    changes={"spec.objectives[1]": {"displayName": "other", "target": 0.9}},
)


def checked(*bodies: Body, known: tuple[Body, ...] = (), today: date | None = TODAY) -> Checked:
    with_service = documents(service(), *bodies)
    return check(with_service, known=documents(*known), today=today)


def errors(*bodies: Body, known: tuple[Body, ...] = ()) -> dict[str, str]:
    return {p.path: p.message for p in checked(*bodies, known=known).errors}


def warnings(*bodies: Body, known: tuple[Body, ...] = (), today: date = TODAY) -> dict[str, str]:
    found = checked(*bodies, known=known, today=today)
    assert found.errors == ()
    return {p.path: p.message for p in found.warnings}


def test_a_good_agreement_is_accepted_without_a_word() -> None:
    assert checked(slo(), agreement()) == Checked(tuple(documents(service(), slo(), agreement())))


def test_the_shortest_agreement_is_accepted() -> None:
    short = agreement(
        changes={
            "spec.scope": ABSENT,
            "spec.review": ABSENT,
            "spec.serviceHours": ABSENT,
            "spec.escalation": ABSENT,
            "spec.effective.until": ABSENT,
            "spec.promises[0].target": ABSENT,
        }
    )
    assert warnings(slo(), short) == {}


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"spec.type": "XLA"}, "spec.type", "none of SLA, OLA, UC"),
        ({"spec.provider.team": ABSENT}, "spec.provider.team", "required"),
        ({"spec.consumers": []}, "spec.consumers", "at least 1"),
        ({"spec.provider.contact": "me"}, "spec.provider.contact", "reaches nobody"),
        ({"spec.escalation[0].contact": "call us"}, "spec.escalation[0].contact", "reaches nobody"),
        ({"spec.escalation[0].after": "soon"}, "spec.escalation[0].after", "no duration"),
        ({"spec.consumers[0].team": "payments"}, "spec.consumers[0].team", "is the provider"),
        ({"spec.consumers[1]": {"team": "storefront"}}, "spec.consumers[1].team", "named twice"),
        ({"spec.promises": []}, "spec.promises", "at least 1"),
        ({"spec.promises[0].slo": "checkout-availabilty"}, "spec.promises[0].slo", "did you mean"),
        ({"spec.promises[0].objective": "speed"}, "spec.promises[0].objective", "there are avail"),
        ({"spec.promises[0].target": 1}, "spec.promises[0].target", "not below 1"),
        ({"spec.promises[0].targetPercent": 99}, "spec.promises[0]", "exclude each other"),
        (
            {"spec.promises[0].window": {"duration": "1M"}},
            "spec.promises[0].window.duration",
            "write 30d",
        ),
        ({"spec.promises[1]": {"slo": "checkout-availability"}}, "spec.promises[1]", "twice"),
        ({"spec.effective": ABSENT}, "spec.effective", "required"),
        ({"spec.effective.from": "1.1.2026"}, "spec.effective.from", "write it like 2026-01-31"),
        ({"spec.effective.from": "2026-02-30"}, "spec.effective.from", "is no date"),
        ({"spec.effective.until": "2025-12-31"}, "spec.effective.until", "before 2026-01-01"),
        ({"spec.serviceHours.timeZone": "Mars"}, "spec.serviceHours.timeZone", "no time zone"),
        (
            {"spec.serviceHours.hours[0].from": "8"},
            "spec.serviceHours.hours[0].from",
            "no time of day",
        ),
        (
            {"spec.serviceHours.hours[0].until": "07:00"},
            "spec.serviceHours.hours[0].until",
            "not after 08:00",
        ),
        (
            {"spec.serviceHours.hours[0].days[0]": "Monday"},
            "spec.serviceHours.hours[0].days[0]",
            "no day of the week",
        ),
        (
            {"spec.serviceHours.hours[1]": {"days": ["Fri"], "from": "17:00", "until": "24:00"}},
            "spec.serviceHours.hours[1].days[0]",
            "overlapping",
        ),
        ({"spec.servicehours": {}}, "spec.servicehours", "did you mean 'serviceHours'"),
    ],
)
def test_what_cannot_be_agreed_on_is_refused_at_its_place(
    changes: dict[str, Any], path: str, message: str
) -> None:
    found = errors(slo(), agreement(changes=changes))
    assert list(found) == [path]
    assert message in found[path]


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"spec.promises[0].target": 0.9999}, "spec.promises[0].target", "stricter"),
        (
            {"spec.promises[0]": {"slo": "checkout-availability", "targetPercent": 99.95}},
            "spec.promises[0].targetPercent",
            "stricter",
        ),
        ({"spec.review.next": "2026-01-31"}, "spec.review.next", "has passed"),
        ({"spec.review.next": "2027-01-01"}, "spec.review.next", "after 2026-12-31"),
        ({"spec.effective.until": "2026-01-31", "spec.review": ABSENT}, "spec.effective.until", ""),
        ({"spec.scope.services": ["checkout", "chekout"]}, "spec.scope.services[1]", "did you"),
        ({"spec.scope.services": ["checkout-2"]}, "spec.promises[0].slo", "not in the scope"),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(
    changes: dict[str, Any], path: str, message: str
) -> None:
    found = warnings(slo(), service("checkout-2"), agreement(changes=changes))
    assert list(found) == [path]
    assert message in found[path]


def test_the_target_of_several_objectives_needs_a_name() -> None:
    assert "name the one" in errors(TWO_OBJECTIVES, agreement())["spec.promises[0].objective"]
    named = agreement(changes={"spec.promises[0].objective": "availability"})
    assert errors(TWO_OBJECTIVES, named) == {}
    assert errors(TWO_OBJECTIVES, agreement(changes={"spec.promises[0].target": ABSENT})) == {}


def test_the_same_objective_may_be_promised_over_two_windows() -> None:
    second = {"slo": "checkout-availability", "window": {"duration": "7d"}}
    assert errors(slo(), agreement(changes={"spec.promises[1]": second})) == {}


def test_agreements_of_the_same_teams_about_the_same_service_at_the_same_time_are_named() -> None:
    (message,) = warnings(slo(), agreement("second"), known=(agreement(),)).values()
    assert "Agreement/checkout-for-storefront" in message
    assert "between payments and storefront about checkout" in message


@pytest.mark.parametrize(
    "changes",
    [
        {"spec.consumers[0].team": "search"},
        {"spec.provider.team": "search"},
        {"spec.effective": {"from": "2027-01-01"}, "spec.review": ABSENT},
    ],
)
def test_agreements_that_do_not_meet_are_not_named(changes: dict[str, Any]) -> None:
    assert warnings(slo(), agreement("second", changes), known=(agreement(),)) == {}


def test_a_promise_that_loses_its_objective_is_named() -> None:
    promising = agreement(changes={"spec.promises[0].objective": "availability"})
    renamed = slo(changes={"spec.objectives[0].displayName": "answers"})
    (message,) = errors(renamed, known=(slo(), promising)).values()
    assert "no objective called 'availability'" in message


def test_dates_are_not_looked_at_without_a_day() -> None:
    old = agreement(changes={"spec.review.next": "2026-01-02"})
    assert checked(slo(), old, today=None).warnings == ()


def test_an_empty_entry_of_a_list_is_refused() -> None:
    found = errors(slo(), agreement(changes={"spec.scope.services": ["checkout", None]}))
    assert "leave the entry out" in found["spec.scope.services[1]"]

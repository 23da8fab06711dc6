"""Exclusions: what cannot be excluded, what one does not do, and for which SLOs it is."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from shared.definitions.check import check
from shared.definitions.compile import compile_catalogue
from shared.definitions.document import document_of
from shared.domain.slo import SLO
from tests.unit.definitions.builder import ABSENT, Body, changed, errors, slo, warnings

WEEKLY = {
    "rrule": "FREQ=WEEKLY;BYDAY=SU",
    "start": "2026-01-04 02:00:00",
    "duration": "2h",
    "timeZone": "Europe/Berlin",
}
ONE_OFF = {"spec.from": ABSENT, "spec.until": ABSENT}


def exclusion(name: str = "christmas", changes: dict[str, Any] | None = None) -> Body:
    spec = {
        "services": ["checkout"],
        "from": "2026-12-24T22:00:00+01:00",
        "until": "2026-12-25T02:00:00+01:00",
        "reason": "a planned switch",
        "approvedBy": "payments-lead@example.com",
    }
    body = {
        "apiVersion": "leeway/v1",
        "kind": "Exclusion",
        "metadata": {"name": name},
        "spec": spec,
    }
    return changed(body, changes or {})


def recurring(**changes: str) -> Body:
    return exclusion(changes=ONE_OFF | {"spec.recurrence": WEEKLY | changes})


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (exclusion(changes={"spec.services": ABSENT}), "spec", "one of services, slos"),
        (exclusion(changes={"spec.slos": ["x"]}), "spec", "exclude each other"),
        (
            exclusion(changes={"spec.services": ABSENT, "spec.slos": ["checkout-avail"]}),
            "spec.slos[0]",
            "did you mean 'checkout-availability'",
        ),
        (exclusion(changes={"spec.until": ABSENT}), "spec.until", "no recurrence"),
        (exclusion(changes={"spec.from": "2026-12-24 22:00"}), "spec.from", "write it like"),
        (
            exclusion(changes={"spec.until": "2026-12-24T22:00:00+01:00"}),
            "spec.until",
            "not after from",
        ),
        (exclusion(changes={"spec.recurrence": WEEKLY}), "spec.recurrence", "beside from"),
        (exclusion(changes={"spec.reason": ABSENT}), "spec.reason", "required"),
        (exclusion(changes={"spec.approvedBy": ""}), "spec.approvedBy", "required"),
        (exclusion(changes={"spec.predicate": "a =="}), "spec.predicate", ""),
        (recurring(rrule="EVERY SUNDAY"), "spec.recurrence.rrule", "RFC 5545"),
        (recurring(rrule="FREQ=HOURLY"), "spec.recurrence.rrule", "once a day at most"),
        (recurring(duration="1M"), "spec.recurrence.duration", "to 31 days"),
        (recurring(timeZone="Mars"), "spec.recurrence.timeZone", "no time zone"),
    ],
)
def test_what_cannot_be_excluded_is_refused(body: Body, path: str, message: str) -> None:
    assert message in errors(body, known=(slo(),))[path]


@pytest.mark.parametrize(
    "body", [exclusion(), recurring(), exclusion(changes={"spec.predicate": ""})]
)
def test_an_exclusion_of_time_says_nothing(body: Body) -> None:
    assert errors(body, known=(slo(),)) == {}
    assert warnings(body, known=(slo(),)) == {}


@pytest.mark.parametrize(("today", "said"), [("2026-12-24", True), ("2026-12-23", False)])
def test_a_predicate_says_that_it_does_not_reach_the_past(today: str, said: bool) -> None:
    bodies = slo(), exclusion(changes={"spec.predicate": "consumer == 'x'"})
    found = check([document_of(body) for body in bodies], today=date.fromisoformat(today))
    assert found.errors == ()
    assert any("from now on" in one.message for one in found.warnings) is said


def test_bounds_off_the_grid_say_how_they_are_rounded() -> None:
    body = exclusion(changes={"spec.until": "2026-12-25T02:00:05+01:00"})
    assert "outwards to 10 seconds" in warnings(body, known=(slo(),))["spec.until"]


def test_predicates_that_meet_too_many_others_are_refused() -> None:
    queries = [f"consumer == '{letter}'" for letter in "abcdef"]
    bodies = [exclusion(q[-2], changes={"spec.predicate": q}) for q in queries]
    assert errors(bodies[4], known=(slo(), *bodies[:4])) == {}
    found = errors(bodies[5], known=(slo(), *bodies[:5]))
    assert "joined by ||" in found["spec.predicate"]


def compiled(*bodies: Body) -> SLO:
    (found,) = compile_catalogue(list(bodies), revision=1, counted_from={}).slos
    return found


def test_an_exclusion_is_for_the_slos_of_its_services() -> None:
    other = exclusion("other", {"spec.services": ["shipping"]})
    assert [one.name for one in compiled(slo(), exclusion(), other).exclusions] == ["christmas"]


def test_a_predicate_is_counted_besides() -> None:
    plain, found = compiled(slo()), compiled(slo(), exclusion(changes={"spec.predicate": "a == 1"}))
    assert plain.measures() == found.measures() == plain.indicators()
    assert len(found.indicators()) == 2


def test_a_recurrence_follows_civil_time() -> None:
    (found,) = compiled(slo(), recurring()).exclusions
    winter, summer = 1_774_141_200, 1_775_952_000  # Sundays at 2 in Berlin: 01:00 and 00:00 UTC
    times = np.array([winter - 10, winter, winter + 7190, winter + 7200, summer - 10, summer])
    assert found.holds(times).tolist() == [False, True, True, False, False, True]

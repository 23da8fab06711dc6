"""The clauses of an agreement as the api answers them: parties, scope, review, hours, contacts."""

from typing import Any

from services.api.schema.agreement import (
    Escalation,
    Hours,
    Party,
    Review,
    Scope,
    ServiceHours,
)

Spec = dict[str, Any]  # the `spec` of an Agreement, or a part of it


def party_of(written: Spec) -> Party:
    """Return a team of an agreement."""
    return Party(
        team=written["team"],
        owner=written.get("owner") or None,
        contact=written.get("contact") or None,
    )


def scope_of(spec: Spec) -> Scope | None:
    """Return what an agreement is about, None where it does not say."""
    written = spec.get("scope")
    if not written:
        return None
    return Scope(
        services=written.get("services") or [],
        included=written.get("included") or None,
        excluded=written.get("excluded") or None,
    )


def review_of(spec: Spec) -> Review | None:
    """Return when an agreement is reviewed, None where it does not say."""
    written = spec.get("review")
    if not written:
        return None
    return Review(every=written.get("every"), next=written.get("next") or None)


def service_hours_of(spec: Spec) -> ServiceHours | None:
    """Return when the service is attended to, None where an agreement does not say."""
    written = spec.get("serviceHours")
    if not written:
        return None
    hours = [
        Hours(days=entry["days"], from_=entry["from"], until=entry["until"])
        for entry in written["hours"]
    ]
    return ServiceHours(time_zone=written["timeZone"], hours=hours)


def escalation_of(spec: Spec) -> list[Escalation]:
    """Return whom to turn to, one after the other."""
    return [
        Escalation(after=step.get("after"), team=step.get("team") or None, contact=step["contact"])
        for step in spec.get("escalation") or ()
    ]

"""References from one definition to another, in all seven places where there can be one."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.definitions.advice import none_named
from shared.definitions.found import Found
from shared.definitions.library import Library, spec_of
from shared.definitions.part import Part, metrics_of
from shared.definitions.path import PropertyPath
from shared.definitions.source import BUILT_IN

OPTIONAL = "Service"
"""The kind that may be referred to without being defined."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A name that should lead to a definition of some kind."""

    path: PropertyPath
    kind: str
    name: str


def references_of(part: Part) -> Iterator[Reference]:
    """Yield what a definition refers to; what is written inside it speaks for itself."""
    spec = spec_of(part.body)
    match part.kind:
        case "SLO":
            if spec.get("service"):
                yield Reference(("spec", "service"), "Service", spec["service"])
            if spec.get("indicatorRef") is not None:
                yield Reference(("spec", "indicatorRef"), "SLI", spec["indicatorRef"])
            yield from _listed(part, "objectives", "indicatorRef", "SLI")
            yield from _listed(part, "alertPolicies", "alertPolicyRef", "AlertPolicy")
        case "AlertPolicy":
            yield from _listed(part, "conditions", "conditionRef", "AlertCondition")
            yield from _listed(part, "notificationTargets", "targetRef", "AlertNotificationTarget")
        case "SLI":
            for path, source in metrics_of(part.body):
                if source.get("metricSourceRef"):
                    name = source["metricSourceRef"]
                    yield Reference((*path, "metricSourceRef"), "DataSource", name)


def _listed(part: Part, key: str, reference: str, kind: str) -> Iterator[Reference]:
    for position, entry in enumerate(spec_of(part.body).get(key) or ()):
        if entry is not None and entry.get(reference):
            yield Reference(("spec", key, position, reference), kind, entry[reference])


def check_references(part: Part, library: Library, found: Found) -> None:
    """Note every reference that leads nowhere; only a missing Service is merely a warning."""
    for reference in references_of(part):
        if library.has(reference.kind, reference.name):
            continue
        if reference.kind == "DataSource" and reference.name in BUILT_IN:
            continue
        note = found.warn if reference.kind == OPTIONAL else found.error
        note(part, reference.path, _missing(reference, library))


def _missing(reference: Reference, library: Library) -> str:
    names = library.names(reference.kind)
    if reference.kind == "DataSource":
        names = [*names, *BUILT_IN]
    return none_named(reference.kind, reference.name, names)

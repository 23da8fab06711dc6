"""Definitions inside definitions: an SLO may hold its SLI, a policy its condition, and so on."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.definitions.document import Document
from shared.definitions.library import Body, spec_of
from shared.definitions.path import PropertyPath


@dataclass(frozen=True, slots=True)
class Part:
    """A definition at some place of a document; the document itself has the empty path."""

    document: Document
    kind: str
    path: PropertyPath
    body: Body

    def inside(self, kind: str, path: PropertyPath, body: Body) -> "Part":
        """Return a definition that this one holds."""
        return Part(self.document, kind, (*self.path, *path), body)


def parts_of(document: Document) -> Iterator[Part]:
    """Yield a document and every definition written inside it."""
    yield from _with_inner(Part(document, document.kind, (), document.body))


def _with_inner(part: Part) -> Iterator[Part]:
    yield part
    for inner in _inner(part):
        yield from _with_inner(inner)


def _inner(part: Part) -> Iterator[Part]:
    spec = spec_of(part.body)
    if part.kind == "SLO":
        yield from _indicators(part, spec)
        yield from _in_list(part, spec, "alertPolicies", "alertPolicyRef", "AlertPolicy")
    elif part.kind == "AlertPolicy":
        yield from _in_list(part, spec, "conditions", "conditionRef", "AlertCondition")
        yield from _in_list(
            part, spec, "notificationTargets", "targetRef", "AlertNotificationTarget"
        )


def _indicators(part: Part, spec: Body) -> Iterator[Part]:
    if spec.get("indicator") is not None:
        yield part.inside("SLI", ("spec", "indicator"), spec["indicator"])
    for position, objective in enumerate(spec.get("objectives") or ()):
        if objective is not None and objective.get("indicator") is not None:
            path = ("spec", "objectives", position, "indicator")
            yield part.inside("SLI", path, objective["indicator"])


def _in_list(part: Part, spec: Body, key: str, reference: str, kind: str) -> Iterator[Part]:
    for position, entry in enumerate(spec.get(key) or ()):
        if entry is not None and entry.get(reference) is None:
            yield part.inside(kind, ("spec", key, position), entry)


def metrics_of(sli: Body) -> Iterator[tuple[PropertyPath, Body]]:
    """Yield the metric sources of an SLI with the path that leads to each."""
    spec = spec_of(sli)
    metric = spec.get("thresholdMetric")
    if metric is not None:
        yield ("spec", "thresholdMetric", "metricSource"), metric.get("metricSource") or {}
    ratio = spec.get("ratioMetric") or {}
    for name in ("good", "bad", "total", "raw"):
        if ratio.get(name) is not None:
            path = ("spec", "ratioMetric", name, "metricSource")
            yield path, ratio[name].get("metricSource") or {}

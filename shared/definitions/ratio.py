"""Checks that a ratio says something: good must not be the same as total."""

from collections.abc import Mapping
from typing import Any

from shared.definitions.found import Found
from shared.definitions.indicator import parsed
from shared.definitions.kafka import reads_kafka
from shared.definitions.library import Library, spec_of
from shared.definitions.part import Part
from shared.domain.errors import QueryError
from shared.domain.predicate import EVERYTHING


def check_ratio(part: Part, library: Library, found: Found) -> None:
    """Note a ratio whose good (or bad) counts exactly what total counts."""
    if part.kind != "SLI":
        return
    ratio = spec_of(part.body).get("ratioMetric") or {}
    total = (ratio.get("total") or {}).get("metricSource")
    for name in ("good", "bad"):
        metric = (ratio.get(name) or {}).get("metricSource")
        if metric and total and _counted(metric, library) == _counted(total, library):
            note = found.error if reads_kafka(total, library) else found.warn
            message = f"{name} counts exactly what total counts: the SLI is always the same"
            note(part, ("spec", "ratioMetric", name), message)


def _counted(source: Mapping[str, Any], library: Library) -> object:
    """Return something that is equal for metric sources that count the same."""
    spec = source.get("spec") or {}
    if not reads_kafka(source, library):
        return source.get("metricSourceRef"), source.get("type"), spec
    query = spec.get("query")
    try:
        predicate = parsed(query) if isinstance(query, str) else EVERYTHING
    except QueryError:
        return object()
    # Its text, for Python holds 1 and True to be equal.
    return source.get("metricSourceRef"), repr(predicate), spec.get("weightField")

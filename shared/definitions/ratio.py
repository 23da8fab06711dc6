"""Checks that a ratio says something: good must not be the same as total."""

from collections.abc import Mapping
from typing import Any

from shared.definitions.found import Found
from shared.definitions.indicator import parsed
from shared.definitions.kafka import reads_kafka
from shared.definitions.library import Library, spec_of
from shared.definitions.openslo.kafka import RATIO_METRIC
from shared.definitions.part import Part
from shared.domain.errors import QueryError
from shared.domain.predicate import EVERYTHING, And

_KEYS = {field.name for field in RATIO_METRIC.fields}


def check_ratio(part: Part, library: Library, found: Found) -> None:
    """Note a ratio whose good (or bad) counts exactly what total counts."""
    if part.kind != "SLI":
        return
    ratio = spec_of(part.body).get("ratioMetric") or {}
    total = (ratio.get("total") or {}).get("metricSource")
    for name in ("good", "bad"):
        metric = (ratio.get(name) or {}).get("metricSource")
        if metric and total and _counts_all(metric, total, library):
            note = found.error if reads_kafka(total, library) else found.warn
            message = f"{name} counts exactly what total counts: the SLI is always the same"
            note(part, ("spec", "ratioMetric", name), message)


def _counts_all(metric: Mapping[str, Any], total: Mapping[str, Any], library: Library) -> bool:
    """Tell whether a metric source counts all that another one counts."""
    one, other = _spec(metric), _spec(total)
    if metric.get("metricSourceRef") != total.get("metricSourceRef"):
        return False
    if not reads_kafka(metric, library):
        return metric.get("type") == total.get("type") and one == other
    demanded, given = _demanded(one), _demanded(other)
    if demanded is None or given is None:
        return False
    return demanded <= given and one.get("weightField") == other.get("weightField")


def _spec(source: Mapping[str, Any]) -> Mapping[str, Any]:
    return source.get("spec") or {}


def _demanded(spec: Mapping[str, Any]) -> set[str] | None:
    """Return all that a query demands at once, none of it for every event; None: it is wrong.

    As texts, for Python holds 1 and True to be equal.
    """
    query = spec.get("query")
    if query is None and not spec.keys() <= _KEYS:
        return None  # it may be there under a misspelt name
    try:
        predicate = parsed(query) if isinstance(query, str) else EVERYTHING
    except QueryError:
        return None
    parts = predicate.parts if isinstance(predicate, And) else (predicate,)
    return {repr(part) for part in parts if part != EVERYTHING}

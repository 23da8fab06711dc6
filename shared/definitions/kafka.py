"""Checks what Leeway itself reads of data sources and metric sources of type `kafka`."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from shared.definitions.advice import described
from shared.definitions.decode import Decoder
from shared.definitions.found import Found
from shared.definitions.indicator import parsed
from shared.definitions.library import Body, Library, spec_of
from shared.definitions.openslo.kafka import CONNECTION_DETAILS, RATIO_METRIC, THRESHOLD_METRIC
from shared.definitions.part import Part, metrics_of
from shared.definitions.path import PropertyPath
from shared.definitions.shape import Mode, Struct
from shared.definitions.source import BUILT_IN, KAFKA, is_kafka
from shared.definitions.validate import validate
from shared.domain.errors import QueryError


def check_data_source(part: Part, found: Found) -> None:
    """Note what is wrong with the connection details of a data source of type kafka."""
    if part.kind != "DataSource":
        return
    if not is_kafka(part.body):
        _suspect_kafka(part, found)
        return
    path = ("spec", "connectionDetails")
    details = spec_of(part.body).get("connectionDetails")
    if not isinstance(details, dict):
        given = "missing" if details is None else described(details)
        found.error(part, path, f"an object with the topic is needed; it is {given}")
        return
    _decoded(part, path, details, CONNECTION_DETAILS, found)


def _suspect_kafka(part: Part, found: Found) -> None:
    kind = str(spec_of(part.body).get("type") or "")
    if get_close_matches(kind.lower(), [KAFKA], cutoff=0.7):
        message = f"Leeway does not read {kind!r}; did you mean {KAFKA!r}?"
        found.warn(part, ("spec", "type"), message)


def check_metrics(part: Part, library: Library, found: Found) -> None:
    """Note what is wrong with the metric sources of an SLI."""
    if part.kind != "SLI":
        return
    for path, source in metrics_of(part.body):
        if not source.get("metricSourceRef") and not source.get("type"):
            found.error(part, path, "metricSourceRef or type must be given")
        elif reads_kafka(source, library):
            _check_kafka_metric(part, path, source, found)
        _check_type(part, path, source, library, found)


def reads_kafka(source: Body, library: Library) -> bool:
    """Whether a metric source is one that Leeway reads."""
    name = source.get("metricSourceRef")
    if not name:
        return str(source.get("type", "")).lower() == KAFKA
    body = library.get("DataSource", name)
    return is_kafka(body) if body is not None else name in BUILT_IN


def _check_type(
    part: Part, path: PropertyPath, source: Body, library: Library, found: Found
) -> None:
    name, kind = source.get("metricSourceRef"), source.get("type")
    if not name:
        if str(kind).lower() == KAFKA:
            known = ", ".join(BUILT_IN)
            message = f"is required for type kafka: {known}, or the name of a DataSource"
            found.error(part, (*path, "metricSourceRef"), message)
        return
    body = library.get("DataSource", name)
    actual = spec_of(body).get("type") if body is not None else KAFKA if name in BUILT_IN else None
    if kind and actual and kind.lower() != actual.lower():
        message = f"{kind} contradicts the DataSource {name!r}, which is of type {actual}"
        found.error(part, (*path, "type"), message)


def _check_kafka_metric(part: Part, path: PropertyPath, source: Body, found: Found) -> None:
    where = (*path, "spec")
    threshold = path[1] == "thresholdMetric"
    table = THRESHOLD_METRIC if threshold else RATIO_METRIC
    spec = _decoded(part, where, source.get("spec") or {}, table, found)
    if not threshold and spec.get("valueField") is not None:
        found.warn(part, (*where, "valueField"), "means nothing in a ratio metric")
    if spec.get("query") is not None:
        _check_query(part, (*where, "query"), spec["query"], found)


def _check_query(part: Part, path: PropertyPath, query: str, found: Found) -> None:
    try:
        parsed(query)
    except QueryError as error:
        message = f"{error} (at character {error.position + 1} of the query)"
        found.error_within(part, path, error.position, message)


def _decoded(
    part: Part, path: PropertyPath, given: Mapping[str, Any], table: Struct, found: Found
) -> Mapping[str, Any]:
    """Return what has the form of the table, noting all that is wrong."""
    decoder = Decoder(strict=False)
    decoded: Mapping[str, Any] = decoder.decode(given, table)
    malformed = {finding.path for finding in decoder.findings}
    broken = [f for f in validate(decoded, table, Mode.DEFAULT) if f.path not in malformed]
    for finding in (*decoder.findings, *broken):
        found.error(part, (*path, *finding.path), finding.message)
    return decoded

"""Checks what Leeway itself reads of data sources and metric sources of type `kafka`."""

import re
from collections.abc import Mapping
from typing import Any

from shared.definitions.decode import described, unknown_key
from shared.definitions.found import Found
from shared.definitions.indicator import parsed
from shared.definitions.library import Body, Library, spec_of
from shared.definitions.part import Part, metrics_of
from shared.definitions.path import PropertyPath
from shared.definitions.source import BUILT_IN, KAFKA, is_kafka
from shared.domain.errors import QueryError

DETAILS = ("topic", "format", "timestampField", "idField", "weightField")
METRIC = ("query", "valueField", "weightField")
FORMATS = ("json",)
OWN_TOPICS = ("leeway.counts.v1", "leeway.dead-letters.v1")

_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_FIELD = re.compile(r"[^.\s]+(\.[^.\s]+)*")


def check_data_source(part: Part, found: Found) -> None:
    """Note what is wrong with the connection details of a data source of type kafka."""
    if part.kind != "DataSource" or not is_kafka(part.body):
        return
    path = ("spec", "connectionDetails")
    details = spec_of(part.body).get("connectionDetails")
    if not isinstance(details, dict):
        given = "missing" if details is None else described(details)
        found.error(part, path, f"an object with the topic is needed; it is {given}")
        return
    texts = _texts(part, path, details, DETAILS, found)
    if not details.get("topic"):
        found.error(part, (*path, "topic"), "is required: the topic to read")
    _check_topic(part, path, texts.get("topic"), found)
    if texts.get("format", FORMATS[0]) not in FORMATS:
        message = f"{texts['format']!r} is not read; known is {', '.join(FORMATS)}"
        found.error(part, (*path, "format"), message)
    for key in ("timestampField", "idField", "weightField"):
        _check_field(part, (*path, key), texts.get(key), found)


def _check_topic(part: Part, path: PropertyPath, topic: str | None, found: Found) -> None:
    if not topic:
        return
    if not _TOPIC.fullmatch(topic) or topic in (".", ".."):
        found.error(part, (*path, "topic"), f"{topic!r} cannot be the name of a topic")
    elif topic in OWN_TOPICS:
        found.error(part, (*path, "topic"), f"{topic} is Leeway's own, it holds no events")


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
    texts = _texts(part, where, source.get("spec") or {}, METRIC, found)
    threshold = path[1] == "thresholdMetric"
    if threshold and not texts.get("valueField"):
        message = "is required for a threshold metric: the field to compare"
        found.error(part, (*where, "valueField"), message)
    if not threshold and "valueField" in texts:
        found.warn(part, (*where, "valueField"), "means nothing in a ratio metric")
    for key in ("valueField", "weightField"):
        _check_field(part, (*where, key), texts.get(key), found)
    if "query" in texts:
        _check_query(part, (*where, "query"), texts["query"], found)


def _check_query(part: Part, path: PropertyPath, query: str, found: Found) -> None:
    try:
        parsed(query)
    except QueryError as error:
        message = f"{error} (at character {error.position + 1} of the query)"
        found.error_within(part, path, error.position, message)


def _check_field(part: Part, path: PropertyPath, name: str | None, found: Found) -> None:
    if name is not None and not _FIELD.fullmatch(name):
        found.error(part, path, f"{name!r} is no field; write it like duration_ms or meta.time")


def _texts(
    part: Part,
    path: PropertyPath,
    given: Mapping[str, Any],
    known: tuple[str, ...],
    found: Found,
) -> dict[str, str]:
    """Return the texts among the known keys, noting keys and values that are something else."""
    texts: dict[str, str] = {}
    for key, value in given.items():
        if key not in known:
            found.error(part, (*path, key), unknown_key(key, known))
        elif isinstance(value, str):
            texts[key] = value
        elif value is not None:
            found.error(part, (*path, key), f"a text was expected, not {described(value)}")
    return texts

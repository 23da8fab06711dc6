"""Data sources of type `kafka`, those that exist without being declared included."""

from collections.abc import Sequence
from dataclasses import replace

from shared.definitions.library import Body, Library, spec_of
from shared.domain.predicate import Path
from shared.domain.slo import DataSource

KAFKA = "kafka"

BUILT_IN: dict[str, DataSource] = {
    name: DataSource(name=name, topic=f"leeway.{name}.v1", builtin=True)
    for name in ("requests", "uptime", "work")
}
"""Data sources that need no declaration; declaring one of the same name replaces it."""


def field_path(text: str) -> Path:
    """Return where a field is in an event: `meta.time` is `time` inside `meta`."""
    return tuple(text.split("."))


def is_kafka(body: Body) -> bool:
    """Whether a DataSource is one that Leeway reads."""
    return str(spec_of(body).get("type", "")).lower() == KAFKA


def data_source(name: str, body: Body) -> DataSource | None:
    """Return the source that a DataSource of type `kafka` declares, None when it is malformed."""
    details = spec_of(body).get("connectionDetails")
    topic = details.get("topic") if isinstance(details, dict) else None
    if not isinstance(details, dict) or not isinstance(topic, str):
        return None
    standard = DataSource(name=name, topic=topic)

    def field(key: str, default: Path) -> Path:
        return field_path(str(details[key])) if details.get(key) else default

    return replace(
        standard,
        timestamp_field=field("timestampField", standard.timestamp_field),
        id_field=field("idField", standard.id_field),
        weight_field=field("weightField", standard.weight_field),
    )


def data_sources(bodies: Sequence[Body]) -> dict[str, DataSource]:
    """Return every source that can be read, by name: declared and built in."""
    return sources_in(Library(bodies))


def sources_in(library: Library) -> dict[str, DataSource]:
    """Return every source that can be read with these definitions, by name."""
    found = dict(BUILT_IN)
    for name, body in library.all("DataSource"):
        source = data_source(name, body) if is_kafka(body) else None
        if source is not None:
            found[name] = source
        else:
            found.pop(name, None)
    return found

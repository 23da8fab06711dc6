"""Turns an SLI into what is counted: which events are valid, and which of those are good."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from shared.definitions.library import (
    Body,
    Broken,
    Library,
    NotEvaluated,
    annotations_of,
    spec_of,
)
from shared.definitions.query import parse_query
from shared.definitions.source import KAFKA, field_path, is_kafka
from shared.domain.errors import QueryError
from shared.domain.predicate import (
    EVERYTHING,
    And,
    Compare,
    Constant,
    IsNumber,
    Not,
    Op,
    Path,
    Predicate,
)
from shared.domain.series import indicator_key
from shared.domain.slo import DataSource, Indicator

NOTHING = Constant(value=False)

OPERATORS: dict[str, Op] = {"lt": Op.LT, "lte": Op.LE, "gt": Op.GT, "gte": Op.GE}
"""How OpenSLO writes comparisons."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """What an objective compares a threshold metric with; both missing for ratio metrics."""

    op: str | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What one objective counts; `other` when good (or bad) and total are counted apart."""

    indicator: Indicator
    other: Indicator | None = None
    other_is_bad: bool = False


@dataclass(frozen=True, slots=True)
class _Metric:
    """One metric source, resolved."""

    source: DataSource
    predicate: Predicate
    value_field: Path | None
    weight_field: Path | None


def count_sli(
    sli: Body, threshold: Threshold, library: Library, sources: Mapping[str, DataSource]
) -> Counted:
    """Return what an SLI (inline or a document) counts; raises NotEvaluated."""
    group_by = group_fields(annotations_of(sli).get("leeway/group-by", ""))
    spec = spec_of(sli)
    if (metric := spec.get("thresholdMetric")) is not None:
        return _threshold(_metric(metric, library, sources), threshold, group_by)
    ratio = spec.get("ratioMetric") or {}
    if ratio.get("raw") is not None:
        raise NotEvaluated("a ratio computed elsewhere (raw) holds no events to count")
    part = ratio.get("good") or ratio.get("bad")
    if part is None or ratio.get("total") is None:
        raise NotEvaluated("the SLI names nothing to count")
    total = _metric(ratio["total"], library, sources)
    is_bad = ratio.get("good") is None
    return _ratio(total, _metric(part, library, sources), group_by, is_bad=is_bad)


def group_fields(text: str) -> tuple[Path, ...]:
    """Return the fields that `leeway/group-by` names."""
    return tuple(field_path(name.strip()) for name in text.split(",") if name.strip())


def both(left: Predicate, right: Predicate) -> Predicate:
    """Return the condition that both hold, without what says nothing."""
    parts: list[Predicate] = []
    for part in (left, right):
        parts.extend(part.parts if isinstance(part, And) else (part,))
    # By what is written, for Python holds 1 and True to be equal.
    needed = tuple({repr(part): part for part in parts if part != EVERYTHING}.values())
    if len(needed) > 1:
        return And(needed)
    return needed[0] if needed else EVERYTHING


@lru_cache(maxsize=20_000)
def parsed(query: str) -> Predicate:
    """Return what a query means; definitions repeat the same few. Raises QueryError."""
    return parse_query(query)


def _metric(metric: Body, library: Library, sources: Mapping[str, DataSource]) -> _Metric:
    written = metric.get("metricSource") or {}
    spec = written.get("spec") or {}
    source = _source(written, library, sources)
    query, value, weight = (_text(spec, key) for key in ("query", "valueField", "weightField"))
    try:
        predicate = parsed(query) if query is not None else EVERYTHING
    except QueryError as error:
        raise Broken(f"the query {query!r} cannot be read: {error}") from error
    return _Metric(
        source,
        predicate,
        value_field=field_path(value) if value else None,
        weight_field=field_path(weight) if weight else None,
    )


def _text(spec: Body, key: str) -> str | None:
    value = spec.get(key)
    if value is None or isinstance(value, str):
        return value
    raise Broken(f"{key} is no text")


def _source(written: Body, library: Library, sources: Mapping[str, DataSource]) -> DataSource:
    name, kind = written.get("metricSourceRef"), written.get("type")
    if name is None:
        if str(kind).lower() == KAFKA:
            raise Broken("a metric source of type kafka needs a metricSourceRef")
        raise NotEvaluated(f"no adapter for {kind}")
    if name in sources:
        return sources[name]
    body = library.need("DataSource", name)
    if is_kafka(body):
        raise Broken(f"the DataSource {name!r} names no topic")
    raise NotEvaluated(f"no adapter for {spec_of(body).get('type')}")


def _ratio(total: _Metric, part: _Metric, group_by: tuple[Path, ...], *, is_bad: bool) -> Counted:
    if (total.source, total.weight_field) != (part.source, part.weight_field):
        same = total.source == part.source
        counted = both(total.predicate, part.predicate) if same else part.predicate
        apart = _indicator(total, total.predicate, NOTHING, group_by)
        other = _indicator(part, counted, NOTHING, group_by)
        return Counted(apart, other, other_is_bad=is_bad)
    good = Not(part.predicate) if is_bad else part.predicate
    return Counted(_indicator(total, total.predicate, both(total.predicate, good), group_by))


def _threshold(metric: _Metric, threshold: Threshold, group_by: tuple[Path, ...]) -> Counted:
    if metric.value_field is None:
        raise Broken("a threshold metric needs valueField: the field to compare")
    if threshold.op is None or threshold.value is None:
        raise Broken("an objective on a threshold metric needs op and value")
    total = both(metric.predicate, IsNumber(metric.value_field))
    compared = Compare(metric.value_field, OPERATORS[threshold.op], threshold.value)
    return Counted(_indicator(metric, total, both(total, compared), group_by))


def _indicator(
    metric: _Metric, total: Predicate, good: Predicate, group_by: tuple[Path, ...]
) -> Indicator:
    return Indicator(
        key=indicator_key(
            metric.source, total, good, weight_field=metric.weight_field, group_by=group_by
        ),
        source=metric.source,
        total=total,
        good=good,
        value_field=metric.value_field,
        weight_field=metric.weight_field,
        group_by=group_by,
    )

"""SLI: what is counted, as a ratio of good (or bad) and total, or against a threshold."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.definitions.keyword import any_given, given, having, when
from shared.definitions.openslo.metadata import DESCRIPTION
from shared.definitions.rule import (
    at_most_one,
    dns_label,
    exactly_one,
    items,
    long_name,
    one_of,
)
from shared.definitions.shape import (
    Anything,
    Field,
    Finding,
    MapOf,
    Mode,
    Struct,
    StructCheck,
    Switch,
    Text,
)
from shared.definitions.validate import MISSING, tested

METRIC_SOURCE = Struct(
    (
        Field(
            "metricSourceRef",
            Text(),
            omit_empty=True,
            checks=(dns_label(Mode.STRICT), long_name(Mode.DEFAULT)),
        ),
        Field("type", Text()),
        Field(
            "spec",
            MapOf(Anything()),
            required=Mode.BOTH,
            nullable=True,
            checks=(items(1, mode=Mode.STRICT),),
        ),
    )
)

METRIC = Struct((Field("metricSource", METRIC_SOURCE, required=Mode.BOTH),))

_RAW_TYPE = one_of("success", "failure")


def _part_of_total(value: Mapping[str, Any]) -> Iterator[Finding]:
    if value.get("total") is not None and value.get("good") is None and value.get("bad") is None:
        yield Finding((), "one of good, bad must be given beside total")


def _raw_type(value: Mapping[str, Any]) -> Iterator[Finding]:
    if value.get("raw") is None:
        return
    kind = value.get("rawType") or ""
    if not kind:
        yield Finding(("rawType",), MISSING)
        return
    for message in tested(kind, (_RAW_TYPE,), Mode.BOTH):
        yield Finding(("rawType",), message)


def ratio_of(metric: Struct) -> Struct:
    """Return the table of a ratio of such metrics."""
    return Struct(
        (
            Field("counter", Switch()),
            Field("total", metric, nullable=True),
            Field("good", metric, nullable=True),
            Field("bad", metric, nullable=True),
            Field("raw", metric, nullable=True),
            Field("rawType", Text()),
        ),
        checks=(
            exactly_one("total", "raw"),
            at_most_one("raw", "good", "bad"),
            StructCheck(_part_of_total, schema=when(given("total"), any_given("good", "bad"))),
            StructCheck(_raw_type, schema=when(given("raw"), having("rawType", _RAW_TYPE.schema))),
        ),
        first_only=True,
    )


SLI = Struct(
    (
        DESCRIPTION,
        Field("thresholdMetric", METRIC, nullable=True),
        Field("ratioMetric", ratio_of(METRIC), nullable=True),
    ),
    checks=(exactly_one("thresholdMetric", "ratioMetric"),),
)

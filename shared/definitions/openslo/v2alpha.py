"""OpenSLO v2alpha, which only the reference tool reads: the strict mode gives its verdict."""

from shared.definitions.openslo.alert import (
    ALERT_CONDITION,
    ALERT_NOTIFICATION_TARGET,
    alert_policy_with,
)
from shared.definitions.openslo.indicator import IndicatorPlace
from shared.definitions.openslo.metadata import (
    ANNOTATION_KEYS,
    DESCRIPTION,
    definition,
    in_place,
)
from shared.definitions.openslo.sli import ratio_of
from shared.definitions.openslo.slo import slo_with
from shared.definitions.openslo.source import DATA_SOURCE, SERVICE
from shared.definitions.rule import dns_label, exactly_one, matches
from shared.definitions.shape import Anything, Field, MapOf, Mode, Struct, Text

API_VERSION = "openslo.com/v2alpha"

_LABEL_VALUE = matches(
    r"([a-z0-9]([-._a-z0-9]{0,61}[a-z0-9])?)?",
    "is no label value: at most 63 lower case letters, digits and - . _",
)

_METADATA = Field(
    "metadata",
    Struct(
        (
            Field("name", Text(), required=Mode.BOTH, checks=(dns_label(),)),
            Field("labels", MapOf(Text(), ANNOTATION_KEYS, values=(_LABEL_VALUE,))),
            Field("annotations", MapOf(Text(), ANNOTATION_KEYS)),
        )
    ),
    required=Mode.BOTH,
)

_METRIC = Struct(
    (
        Field("dataSourceRef", Text(), nullable=True, checks=(dns_label(),)),
        Field("dataSourceSpec", DATA_SOURCE, nullable=True),
        Field("spec", MapOf(Anything())),
    ),
    checks=(exactly_one("dataSourceRef", "dataSourceSpec"),),
)

_SLI = Struct(
    (
        DESCRIPTION,
        Field("thresholdMetric", _METRIC, nullable=True),
        Field("ratioMetric", ratio_of(_METRIC), nullable=True),
    ),
    checks=(exactly_one("thresholdMetric", "ratioMetric"),),
)

_PLACE = IndicatorPlace("sli", "sliRef", Struct((_METADATA, Field("spec", _SLI))))

_POLICY = alert_policy_with(
    in_place("AlertCondition", ALERT_CONDITION, _METADATA),
    in_place("AlertNotificationTarget", ALERT_NOTIFICATION_TARGET, _METADATA),
)

_SPECS: dict[str, Struct] = {
    "DataSource": DATA_SOURCE,
    "SLO": slo_with(_PLACE, "serviceRef", in_place("AlertPolicy", _POLICY, _METADATA)),
    "SLI": _SLI,
    "AlertPolicy": _POLICY,
    "AlertCondition": ALERT_CONDITION,
    "AlertNotificationTarget": ALERT_NOTIFICATION_TARGET,
    "Service": SERVICE,
}

KINDS: dict[str, Struct] = {
    kind: definition(API_VERSION, kind, spec, metadata=_METADATA) for kind, spec in _SPECS.items()
}
"""The table of each kind."""

"""All kinds of OpenSLO v1."""

from shared.definitions.openslo.alert import (
    ALERT_CONDITION,
    ALERT_NOTIFICATION_TARGET,
    ALERT_POLICY,
)
from shared.definitions.openslo.metadata import definition
from shared.definitions.openslo.sli import SLI
from shared.definitions.openslo.slo import SLO
from shared.definitions.openslo.source import DATA_SOURCE, SERVICE
from shared.definitions.shape import Mode, Struct

API_VERSION = "openslo/v1"

_SPECS = {
    "DataSource": DATA_SOURCE,
    "SLO": SLO,
    "SLI": SLI,
    "AlertPolicy": ALERT_POLICY,
    "AlertCondition": ALERT_CONDITION,
    "AlertNotificationTarget": ALERT_NOTIFICATION_TARGET,
}

KINDS: dict[str, Struct] = {
    kind: definition(API_VERSION, kind, spec, spec_required=Mode.BOTH)
    for kind, spec in _SPECS.items()
} | {"Service": definition(API_VERSION, "Service", SERVICE, spec_required=Mode.NEVER)}
"""The table of each kind."""

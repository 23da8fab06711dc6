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

_SPECS: dict[str, tuple[Struct, Mode]] = {
    "DataSource": (DATA_SOURCE, Mode.DEFAULT),
    "SLO": (SLO, Mode.BOTH),
    "SLI": (SLI, Mode.DEFAULT),
    "AlertPolicy": (ALERT_POLICY, Mode.DEFAULT),
    "AlertCondition": (ALERT_CONDITION, Mode.BOTH),
    "AlertNotificationTarget": (ALERT_NOTIFICATION_TARGET, Mode.DEFAULT),
    "Service": (SERVICE, Mode.NEVER),
}

KINDS: dict[str, Struct] = {
    kind: definition(API_VERSION, kind, spec, spec_required=required)
    for kind, (spec, required) in _SPECS.items()
}
"""The table of each kind."""

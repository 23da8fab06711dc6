"""How the alert conditions of an objective stand."""

from collections.abc import Iterator, Sequence

from services.api.figures import Facts
from services.api.schema.answer import moment
from services.api.schema.status import ConditionState
from shared.domain.alert import AlertState
from shared.domain.alert_rule import TOGETHER, burns_together, joint_rules_of, rules_of
from shared.domain.slo import SLO, Objective
from shared.snapshot import CurrentAlert
from shared.wire import GroupName

INACTIVE = "inactive"


def conditions_of(
    slo: SLO, objective: Objective, facts: Facts, group: GroupName | None
) -> Iterator[ConditionState]:
    """Yield how each condition stands, for a group or for all of them."""
    of_all = joint_rules_of(slo)
    current = _alerts_of(slo, objective, facts, group)
    for rule in (*of_all, *rules_of(slo, objective)):
        name = TOGETHER if rule in of_all else objective.name
        alert = _worst(
            [
                one
                for one in current
                if (one.objective, one.policy, one.condition) == (name, rule.policy, rule.condition)
            ]
        )
        yield ConditionState(
            policy=rule.policy,
            condition=rule.condition,
            severity=rule.severity,
            state=alert.state.value if alert else INACTIVE,
            since=moment(alert.since) if alert else None,
            alert=alert.id if alert else None,
        )


def is_firing(slo: SLO, objective: Objective, facts: Facts, group: GroupName | None) -> bool:
    """Tell whether an alert of an objective fires, or of one group of it."""
    current = _alerts_of(slo, objective, facts, group)
    return any(alert.state is AlertState.FIRING for alert in current)


def _alerts_of(
    slo: SLO, objective: Objective, facts: Facts, group: GroupName | None
) -> Sequence[CurrentAlert]:
    """Return the alerts about an objective: its own, and those about all parts together."""
    names = (objective.name, TOGETHER) if burns_together(slo) else (objective.name,)
    found = [alert for name in names for alert in facts.alerts.get((slo.name, name), ())]
    return [alert for alert in found if group is None or alert.group == group.values]


def _worst(alerts: Sequence[CurrentAlert]) -> CurrentAlert | None:
    """Return the alert that fires, or else is pending; of several the one that began first."""
    return min(alerts, key=lambda a: (a.state is not AlertState.FIRING, a.since), default=None)

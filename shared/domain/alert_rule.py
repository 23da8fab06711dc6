"""What is watched of an objective so that somebody can be told: its alert rules."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.domain.alert import is_page
from shared.domain.default_policy import policies_of
from shared.domain.slo import SLO, AlertCondition, AlertPolicy, BudgetingMethod, Objective

NO_DATA = "no-data"
"""What the condition of a policy that alerts when there is no data is called."""

TOGETHER = "all parts"
"""What an alert calls the objective where it is about all parts of a composite."""

WHOLE = "all objectives"
"""What an alert calls the objective where it is about an SLO as a whole: its figures are stale."""

STALE_POLICY = "leeway"
STALE = "stale"
STALE_SEVERITY = "ticket"


class RuleKind(StrEnum):
    """What makes a rule alert."""

    BURN = "burn"
    NO_DATA = "no_data"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One thing that alerts: a condition of a policy, no data, or figures that are out of date.

    `policy` and `condition` name it, uniquely for an objective. `burn` is the condition on the
    burn rate; a rule about no data has it too, for its lookback. `tells` and `tells_end` say
    whether the targets are told that it fires, and that it is over.
    """

    kind: RuleKind
    policy: str
    condition: str
    severity: str
    targets: tuple[str, ...] = ()
    tells: bool = True
    tells_end: bool = False
    burn: AlertCondition | None = None

    @property
    def page(self) -> bool:
        """Whether the severity ranks as page."""
        return is_page(self.severity)


def burns_together(slo: SLO) -> bool:
    """Tell whether policies judge all objectives of an SLO at once: by the sum of their burns."""
    occurrences = slo.budgeting_method is BudgetingMethod.OCCURRENCES
    return slo.composite and occurrences and bool(slo.policies) and slo.agreement is None


def rules_of(slo: SLO, objective: Objective) -> tuple[AlertRule, ...]:
    """Return the rules of an objective of its own, in the order of its policies."""
    rules = tuple(_named_apart(_rules(policies_of(slo, objective))))
    if burns_together(slo):
        return tuple(rule for rule in rules if rule.kind is not RuleKind.BURN)
    return rules


def joint_rules_of(slo: SLO) -> tuple[AlertRule, ...]:
    """Return the rules of all objectives together, in the order of the policies."""
    if not burns_together(slo):
        return ()
    rules = _named_apart(_rules(slo.policies))
    return tuple(rule for rule in rules if rule.kind is RuleKind.BURN)


def stale_rule(slo: SLO) -> AlertRule | None:
    """Return the rule that tells an SLO's targets that its figures are out of date.

    None where there is nobody to tell.
    """
    targets = tuple(dict.fromkeys(t for policy in slo.policies for t in policy.targets))
    if not targets:
        return None
    return AlertRule(
        RuleKind.STALE, STALE_POLICY, STALE, STALE_SEVERITY, targets, tells=True, tells_end=True
    )


def _rules(policies: tuple[AlertPolicy, ...]) -> Iterator[AlertRule]:
    for policy in policies:
        condition = policy.condition
        burn = AlertRule(
            RuleKind.BURN,
            policy.name,
            condition.name,
            condition.severity,
            policy.targets,
            tells=policy.alert_when_breaching,
            tells_end=policy.alert_when_resolved,
            burn=condition,
        )
        yield burn
        if policy.alert_when_no_data:
            yield replace(burn, kind=RuleKind.NO_DATA, condition=NO_DATA, tells=True)


def _named_apart(rules: Iterator[AlertRule]) -> Iterator[AlertRule]:
    """Give rules that are called alike names of their own: inline ones may have none."""
    seen: dict[tuple[str, str], int] = {}
    for rule in rules:
        name = rule.policy, rule.condition
        seen[name] = number = seen.get(name, 0) + 1
        yield rule if number == 1 else replace(rule, condition=f"{rule.condition}-{number}")

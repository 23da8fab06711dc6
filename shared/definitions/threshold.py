"""Checks that alerts can fire: thresholds within reach, comparisons the right way round."""

from decimal import Decimal

from shared.definitions.found import Found
from shared.definitions.library import annotations_of, spec_of
from shared.definitions.part import Part
from shared.domain.duration import SECONDS, in_words, parse_duration
from shared.domain.slo import SLO, AlertCondition, BudgetingMethod, Objective

SWITCHES = ("alertWhenBreaching", "alertWhenResolved", "alertWhenNoData")


def check_thresholds(part: Part, slo: SLO, found: Found) -> None:
    """Note every alert condition that no error ratio can ever meet.

    A burn rate is at most 1 / B (everything failed); for a composite that counts occurrences
    it is the weighted sum of its parts.
    """
    for position, policy in enumerate(slo.policies):
        path = ("spec", "alertPolicies", position)
        if slo.composite and slo.budgeting_method is BudgetingMethod.OCCURRENCES:
            most = sum((o.weight / (1 - o.target) for o in slo.objectives), Decimal(0))
            if _is_out_of_reach(policy.condition, most):
                found.error(part, path, _out_of_reach(policy.condition, slo.name, most))
            continue
        for objective in slo.objectives:
            _check_one(part, path, policy.condition, slo, objective, found)


def _check_one(
    part: Part,
    path: tuple[str | int, ...],
    condition: AlertCondition,
    slo: SLO,
    objective: Objective,
    found: Found,
) -> None:
    allowed = 1 - objective.target
    limit = condition.threshold * allowed
    if (condition.op == "gt" and limit >= 1) or (condition.op == "gte" and limit > 1):
        name = f"{slo.name}/{objective.name}"
        found.error(part, path, _out_of_reach(condition, name, 1 / allowed))


def _is_out_of_reach(condition: AlertCondition, most: Decimal) -> bool:
    if condition.op == "gt":
        return condition.threshold >= most
    return condition.op == "gte" and condition.threshold > most


def _out_of_reach(condition: AlertCondition, name: str, most: Decimal) -> str:
    return (
        f"the condition {condition.name!r} can never hold for {name}: its threshold is "
        f"{condition.threshold}, and with everything failing the burn rate is {float(most):.6g}"
    )


def check_policy(part: Part, found: Found) -> None:
    """Note a policy that never alerts."""
    if part.kind == "AlertPolicy" and not any(spec_of(part.body).get(key) for key in SWITCHES):
        found.warn(part, ("spec",), f"never alerts: none of {', '.join(SWITCHES)} is true")


def check_condition(part: Part, found: Found) -> None:
    """Note lookback windows without a fixed length, and comparisons that alert on calm."""
    if part.kind != "AlertCondition":
        return
    condition = spec_of(part.body).get("condition") or {}
    path = ("spec", "condition")
    for key in ("lookbackWindow", "alertAfter"):
        duration = parse_duration(condition.get(key) or "")
        if duration is not None and duration.is_calendar:
            advice = f"{duration.seconds // SECONDS['d']}d"
            message = f"{duration} has no fixed length; write {advice}"
            found.error(part, (*path, key), message)
    if condition.get("op") in ("lt", "lte"):
        message = "alerts while the burn rate is low; gt or gte is what is meant as a rule"
        found.warn(part, (*path, "op"), message)
    _check_short_window(part, str(condition.get("lookbackWindow")), found)


def _check_short_window(part: Part, lookback: str, found: Found) -> None:
    key = "leeway/short-window"
    short = parse_duration(annotations_of(part.body).get(key, ""))
    long = parse_duration(lookback)
    if short is not None and long is not None and short.seconds >= long.seconds:
        message = f"is not shorter than the lookback window of {in_words(long.seconds)}"
        found.warn(part, ("metadata", "annotations", key), message)

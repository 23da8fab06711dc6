"""An explanation as plain JSON values."""

from datetime import UTC, datetime
from typing import Any

from leeway.explaining.alert import Alert
from leeway.explaining.explanation import Counting, Explanation, ObjectiveExplained
from shared.domain.slo import CalendarWindow


def as_data(explanation: Explanation) -> dict[str, Any]:
    """Return what `leeway explain -o json` prints about one SLO."""
    slo = explanation.slo
    calendar = isinstance(slo.window, CalendarWindow)
    return {
        "slo": slo.name,
        "service": slo.service,
        "budgeting_method": slo.budgeting_method.value,
        "window": {
            "type": "calendar" if calendar else "rolling",
            "duration": slo.window.text,
            "from": moment(explanation.start),
            "to": moment(explanation.end),
        },
        "objectives": [_objective(one) for one in explanation.objectives],
        "alerts": [_alert(alert) for alert in explanation.joint_alerts],
    }


def moment(seconds: int) -> str:
    """Return a moment as RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _objective(one: ObjectiveExplained) -> dict[str, Any]:
    budget, objective = one.budget, one.objective
    slices = None
    if objective.slice_seconds is not None:
        slices = {
            "seconds": objective.slice_seconds,
            "target": None if objective.slice_target is None else float(objective.slice_target),
            "count": budget.slices,
            "allowed": budget.allowed_slices,
        }
    return {
        "name": objective.name,
        "target": float(objective.target),
        "weight": float(objective.weight),
        "counts": [_counting(counting) for counting in one.counted],
        "slices": slices,
        "error_budget": {
            "ratio": float(budget.ratio),
            "full_outage_seconds": budget.full_outage_seconds,
            "events": budget.events,
            "allowed_events": budget.allowed_events,
        },
        "alerts": [_alert(alert) for alert in one.alerts],
    }


def _counting(counting: Counting) -> dict[str, Any]:
    return {
        "role": counting.role,
        "source": counting.source,
        "topic": counting.topic,
        "query": counting.query,
        "value_field": counting.value_field,
        "weight_field": counting.weight_field,
        "group_by": list(counting.group_by),
    }


def _alert(alert: Alert) -> dict[str, Any]:
    condition = alert.condition
    return {
        "policy": alert.policy,
        "condition": condition.name,
        "severity": condition.severity,
        "op": condition.op,
        "threshold": float(condition.threshold),
        "lookback": condition.lookback_text,
        "short_window": condition.short_window_text,
        "alert_after_seconds": condition.alert_after,
        "keep_firing_for_seconds": condition.keep_firing_for,
        "min_bad_events": condition.min_bad_events,
        "budget_below": None if condition.budget_below is None else float(condition.budget_below),
        "exhausted_within_seconds": condition.exhausted_within,
        "default": alert.is_default,
        "targets": list(alert.targets),
        "never": alert.never,
        "silent": alert.silent,
        "reactions": [
            {
                "error_ratio": float(found.error_ratio),
                "burn_rate": found.burn_rate,
                "detected_after_seconds": found.detected_after,
                "reset_after_seconds": found.reset_after,
            }
            for found in alert.reactions
        ],
    }

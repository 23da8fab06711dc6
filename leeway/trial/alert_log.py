"""The alerts that fire while the simulated clock runs."""

from collections.abc import Iterable
from typing import Any

from services.api.schema.answer import moment
from services.evaluator.domain.alert import Alert, Transition
from shared.domain.alert import AlertState


class AlertLog:
    """Every alert that fired, in order, and when it was over."""

    def __init__(self) -> None:
        self._fired: dict[str, tuple[Alert, int | None]] = {}

    def take(self, transitions: Iterable[Transition]) -> None:
        """Take note of what a tick did to alerts; those that came to nothing are left out."""
        for one in transitions:
            if one.alert.state is AlertState.FIRING:
                self._fired.setdefault(one.alert.id, (one.alert, None))
            elif one.alert.state is AlertState.RESOLVED:
                alert, _ = self._fired[one.alert.id]
                self._fired[one.alert.id] = alert, one.at

    def as_json(self) -> list[dict[str, Any]]:
        """Return the alerts as plain JSON values; those of groups name theirs."""
        return [_as_json(alert, end) for alert, end in self._fired.values()]


def _as_json(alert: Alert, end: int | None) -> dict[str, Any]:
    group = {"group": dict(alert.group)} if alert.fields else {}
    return {
        "slo": alert.key.slo,
        "objective": alert.key.objective,
        **group,
        "policy": alert.key.policy,
        "condition": alert.key.condition,
        "severity": alert.severity,
        "from": _written(alert.fired_at),
        "to": _written(end),
    }


def _written(seconds: int | None) -> str | None:
    return None if seconds is None else f"{moment(seconds):%FT%TZ}"

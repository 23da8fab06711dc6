"""Alerts as the api answers them."""

import json
from collections.abc import Sequence
from typing import Protocol

from services.api.notifying import shown
from services.api.schema.alert import Acknowledgement, Alert, Transition
from services.api.standing import AlertLog
from shared.domain.alert import AlertState
from shared.sql.alert_rows import TransitionRow
from shared.sql.alerts import ALL, AlertFilter, Place, StoredAlert
from shared.sql.alerts import Acknowledgement as Said
from shared.sql.notifications import StoredNotification

RECORDED = (AlertState.PENDING, AlertState.FIRING, AlertState.RESOLVED)
"""The states that a list shows when none is asked for: what never fired is left out."""


class AlertStore(AlertLog, Protocol):
    """Where the evaluators record alerts."""

    async def list(
        self, wanted: AlertFilter = ALL, *, after: Place | None = None, limit: int = 100
    ) -> Sequence[StoredAlert]:
        """Return alerts, the newest first, from a place on."""

    async def get(self, id_: str) -> StoredAlert:
        """Return one alert; raises NotFound."""

    async def acknowledge(self, id_: str, said: Said) -> StoredAlert:
        """Note who has taken note of an alert; raises NotFound."""


def alert_answer(stored: StoredAlert, told: Sequence[StoredNotification] = ()) -> Alert:
    """Return an alert as it is answered; `told` is what targets were or are to be told of it."""
    row, said = stored.row, stored.acknowledged
    return Alert(
        id=row.id,
        slo=row.slo,
        objective=row.objective,
        service=row.service,
        group=dict(row.group),
        policy=row.policy,
        condition=row.condition,
        severity=row.severity,
        page=row.page,
        state=AlertState(row.state),
        from_=row.fired_at,
        to=row.resolved_at,
        reason=row.reason,
        pending_since=row.pending_since,
        acknowledged=Acknowledgement(by=said.by, note=said.note, at=said.at) if said else None,
        transitions=[_transition(step) for step in stored.transitions],
        notifications=[shown(one) for one in told],
    )


def _transition(step: TransitionRow) -> Transition:
    return Transition(
        at=step.at,
        state=AlertState(step.state),
        reason=step.reason,
        figures=json.loads(step.figures),
    )

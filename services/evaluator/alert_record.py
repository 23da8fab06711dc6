"""What a flush writes of what happened to alerts."""

from datetime import UTC, datetime

import msgspec

from services.evaluator.domain.alert import Happened, Notice, Transition
from shared.domain.alert import AlertState
from shared.notification import Figures, Notification, encode_notification, notification_id
from shared.sql.alert_rows import AlertChanges, AlertRow, Delivery, OutboxRow, TransitionRow

_JSON = msgspec.json.Encoder()


def changes_of(shard: int, happened: Happened) -> AlertChanges:
    """Return the rows of everything that happened to the alerts of a shard."""
    alerts, transitions, outbox = list[AlertRow](), list[TransitionRow](), list[OutboxRow]()
    for step in happened.transitions:
        figures = step.figures()
        alerts.append(_alert(shard, step))
        transitions.append(_transition(step, figures))
        outbox.extend(_outbox(shard, step, figures, notice) for notice in step.notices)
    released = {
        notification_id(one.alert_id, one.sequence, one.target): _at(one.at)
        for one in happened.releases
    }
    return AlertChanges(alerts, transitions, outbox, released)


def _alert(shard: int, step: Transition) -> AlertRow:
    alert, ended = step.alert, step.alert.state in (AlertState.RESOLVED, AlertState.INACTIVE)
    return AlertRow(
        id=alert.id,
        shard=shard,
        slo=alert.key.slo,
        objective=alert.key.objective,
        service=alert.service,
        group=alert.group,
        policy=alert.key.policy,
        condition=alert.key.condition,
        severity=alert.severity,
        page=alert.page,
        state=alert.state.value,
        began_at=_at(alert.began_at),
        pending_since=_at_or_none(alert.pending_since),
        fired_at=_at_or_none(alert.fired_at),
        resolved_at=_at(step.at) if ended else None,
        reason=step.reason.value if step.reason else None,
    )


def _transition(step: Transition, figures: Figures) -> TransitionRow:
    return TransitionRow(
        step.alert.id,
        step.alert.sequence,
        _at(step.at),
        step.alert.state.value,
        step.reason.value if step.reason else None,
        _JSON.encode(figures).decode(),
    )


def _outbox(shard: int, step: Transition, figures: Figures, notice: Notice) -> OutboxRow:
    notification = _notification(step, figures, notice)
    return OutboxRow(
        id=notification.id,
        shard=shard,
        alert_id=step.alert.id,
        sequence=step.alert.sequence,
        target=notice.target,
        payload=encode_notification(notification),
        state=Delivery.SUPPRESSED if notice.suppressed else Delivery.PENDING,
        created_at=_at(step.at),
    )


def _notification(step: Transition, figures: Figures, notice: Notice) -> Notification:
    alert, slo = step.alert, step.slo
    return Notification(
        id=notification_id(alert.id, alert.sequence, notice.target),
        alert=alert.id,
        sequence=alert.sequence,
        event=notice.event,
        at=_at(step.at),
        starts_at=_at(alert.began_at if alert.fired_at is None else alert.fired_at),
        slo=alert.key.slo,
        objective=alert.key.objective,
        policy=alert.key.policy,
        condition=alert.key.condition,
        severity=alert.severity,
        page=alert.page,
        target=notice.target,
        figures=figures,
        kind=alert.kind,
        service=alert.service,
        group=alert.group,
        display_name=slo.display_name if slo else None,
        description=slo.description if slo else None,
        owner=slo.owner if slo else None,
        runbook=slo.runbook if slo else None,
        reason=step.reason.value if step.reason else None,
        labels=dict(slo.labels) if slo else {},
        known_as=alert.known_as,
    )


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _at_or_none(seconds: int | None) -> datetime | None:
    return None if seconds is None else _at(seconds)

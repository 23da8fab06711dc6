"""Notifications and targets to start from."""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.receiver import Attempt
from shared.domain.target import Target, TargetKind, Variable, Written
from shared.notification import Event, Figures, Notification, notification_id

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LINK = "https://leeway.example.com/slos/checkout-availability"
HUGE = "ä" * 20_000
FIGURES = Figures(
    target=0.999,
    window="30d",
    sli=0.99853,
    good=99_853,
    bad=147,
    total=100_000,
    remaining_ratio=-0.47,
    exhausted_at=AT,
    threshold=14.4,
    lookback="1h",
    burn_long=20.53,
    short_window="5m",
    burn_short=31.0,
    burn_rates={"5m": 31.0, "1h": 20.53, "3d": None},
)


def notification(event: Event = Event.FIRING, sequence: int = 2, **changes: Any) -> Notification:
    alert, target = changes.get("alert", "a1b2c3"), changes.get("target", "on-call")
    found = Notification(
        id=notification_id(alert, sequence, target),
        alert=alert,
        sequence=sequence,
        event=event,
        at=AT,
        starts_at=AT - timedelta(minutes=5),
        slo="checkout-availability",
        objective="availability",
        policy="fast-burn",
        condition="burns-fast",
        severity="page",
        page=True,
        target=target,
        figures=FIGURES,
        service="checkout",
        display_name="Checkout answers",
        owner="payments",
        runbook="https://runbooks.example.com/checkout",
        labels={"team": "payments"},
    )
    return replace(found, **changes)


def everything_huge(event: Event = Event.FIRING) -> Notification:
    """A notification whose every text is as long as nobody should write it."""
    return notification(
        event,
        alert=HUGE,
        slo=HUGE,
        objective=HUGE,
        policy=HUGE,
        condition=HUGE,
        severity=HUGE,
        service=HUGE,
        group={HUGE: HUGE, "tenant": HUGE},
        display_name=HUGE,
        description=HUGE,
        owner=HUGE,
        runbook=f"https://{HUGE}",
        labels={HUGE: HUGE},
        figures=replace(FIGURES, burn_rates={f"{n}m": 1.5 for n in range(3000)}),
    )


def target(kind: TargetKind | None = TargetKind.WEBHOOK, **changes: Any) -> Target:
    found = Target("on-call", kind, Written("https://receiver.example.com"), Variable("KEY"))
    return dataclasses.replace(found, **changes)


def attempt(
    told: Notification | None = None,
    kind: TargetKind = TargetKind.WEBHOOK,
    *,
    url: str | None = "https://receiver.example.com",
    secret: str | None = "s3cr3t",
    link: str | None = LINK,
    **changes: Any,
) -> Attempt:
    access = Access(target(kind, **changes), url, secret)
    return Attempt(told or notification(), access, AT + timedelta(seconds=3), link)

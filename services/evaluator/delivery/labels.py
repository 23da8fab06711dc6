"""Labels and annotations in the manner of Prometheus, for receivers of Alertmanager's world.

Labels are equal for everything that is said about one objective and condition, or an alert would
never be resolved; what changes, figures above all, goes into annotations.
"""

import re

from services.evaluator.delivery.wording import (
    burn_rates,
    condition,
    group,
    number,
    percent,
    remaining,
    sentence,
    subject,
    title,
)
from shared.notification import Event, Notification

TEST_ALERT = "LeewayTest"
SILENT = frozenset({Event.ACKNOWLEDGED})
"""What Alertmanager has no word for."""

_FOREIGN = re.compile(r"[^a-zA-Z0-9_]")
_FNV_OFFSET, _FNV_PRIME, _FNV_MASK = 0xCBF29CE484222325, 0x100000001B3, 0xFFFFFFFFFFFFFFFF


def labels(notification: Notification) -> dict[str, str]:
    """Return the labels that identify an alert; those of the SLO cannot replace ours."""
    now = {"service": notification.service, "severity": notification.severity}
    known_as = notification.known_as or {**notification.labels, **now}
    of_slo = {label_name(name): value for name, value in known_as.items()}
    of_group = {label_name(name): value for name, value in notification.group.items()}
    own = {
        "alertname": TEST_ALERT if notification.event is Event.TEST else notification.policy,
        "slo": notification.slo,
        "objective": notification.objective,
        "service": known_as["service"],
        "policy": notification.policy,
        "condition": notification.condition,
        "severity": known_as["severity"],
        "group": group(notification),
    }
    found = of_slo | of_group | own
    return {name: value for name, value in sorted(found.items()) if value}


def annotations(notification: Notification) -> dict[str, str]:
    """Return what may change while an alert fires."""
    figures = notification.figures
    found = {
        "summary": title(notification),
        "description": notification.description
        or f"{subject(notification)}: {sentence(notification)}",
        "condition": condition(notification),
        "target": percent(figures.target),
        "window": figures.window,
        "sli": None if figures.sli is None else percent(figures.sli),
        "bad": None if figures.bad is None else str(figures.bad),
        "total": None if figures.total is None else str(figures.total),
        "burn_rate": None if figures.burn_long is None else number(figures.burn_long),
        "burn_rates": burn_rates(figures),
        "budget_left": remaining(figures),
        "owner": notification.owner,
        "runbook_url": notification.runbook,
        "leeway_alert": notification.alert,
    }
    return {name: value for name, value in found.items() if value}


def label_name(name: str) -> str:
    """Return a name that is a label's name in Prometheus."""
    cleaned = _FOREIGN.sub("_", name)
    return cleaned if not cleaned[:1].isdigit() else f"_{cleaned}"


def fingerprint(found: dict[str, str]) -> str:
    """Return the fingerprint that Prometheus gives to these labels (FNV-1a, 64 bits)."""
    value = _FNV_OFFSET
    for name, text in sorted(found.items()):
        for byte in (*name.encode(), 0xFF, *text.encode(), 0xFF):
            value = ((value ^ byte) * _FNV_PRIME) & _FNV_MASK
    return f"{value:016x}"

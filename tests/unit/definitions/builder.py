"""Definitions to start from: each is valid, and takes changes by property path."""

import copy
import itertools
import re
from typing import Any

from shared.definitions.check import Checked, check
from shared.definitions.document import Document, document_of

Body = dict[str, Any]

ABSENT = object()

_STEP = re.compile(r"\['([^']*)'\]|\[(\d+)\]|([^.\[]+)")


def changed(body: Body, changes: dict[str, Any]) -> Body:
    """Return a copy with properties set; ABSENT takes one away."""
    result = copy.deepcopy(body)
    for path, value in changes.items():
        steps = [quoted or index or plain for quoted, index, plain in _STEP.findall(path)]
        holder: Any = result
        for step, following in itertools.pairwise(steps):
            empty: Any = [] if following.isdigit() else {}
            holder = (
                holder[int(step)] if isinstance(holder, list) else holder.setdefault(step, empty)
            )
        last: Any = int(steps[-1]) if isinstance(holder, list) else steps[-1]
        if value is ABSENT:
            holder.pop(last, None)
        elif isinstance(holder, list) and last == len(holder):
            holder.append(value)
        else:
            holder[last] = value
    return result


def definition(kind: str, name: str, spec: Body, annotations: Body | None = None) -> Body:
    metadata: Body = {"name": name} | ({"annotations": annotations} if annotations else {})
    return {"apiVersion": "openslo/v1", "kind": kind, "metadata": metadata, "spec": spec}


def metric(query: str | None = None, source: str = "requests", **spec: Any) -> Body:
    given = spec if query is None else {"query": query, **spec}
    return {"metricSource": {"metricSourceRef": source, "spec": given}}


def ratio_spec(good: str = "status < 500", total: str = "service == 'checkout'") -> Body:
    return {"ratioMetric": {"counter": True, "good": metric(good), "total": metric(total)}}


def threshold_spec(field: str = "duration_ms") -> Body:
    return {"thresholdMetric": metric("service == 'checkout'", valueField=field)}


def sli(name: str = "availability", spec: Body | None = None, **changes: Any) -> Body:
    return changed(definition("SLI", name, spec or ratio_spec()), changes)


def slo(name: str = "checkout-availability", changes: dict[str, Any] | None = None) -> Body:
    spec = {
        "service": "checkout",
        "indicator": {"metadata": {"name": "availability"}, "spec": ratio_spec()},
        "timeWindow": [{"duration": "30d", "isRolling": True}],
        "budgetingMethod": "Occurrences",
        "objectives": [{"displayName": "availability", "target": 0.999}],
    }
    return changed(definition("SLO", name, spec), changes or {})


def service(name: str = "checkout", changes: dict[str, Any] | None = None) -> Body:
    return changed(definition("Service", name, {"description": "Takes orders"}), changes or {})


def data_source(name: str = "orders", changes: dict[str, Any] | None = None) -> Body:
    spec = {"type": "kafka", "connectionDetails": {"topic": "orders.v1"}}
    return changed(definition("DataSource", name, spec), changes or {})


def condition(name: str = "fast", changes: dict[str, Any] | None = None) -> Body:
    spec = {
        "severity": "page",
        "condition": {
            "kind": "burnrate",
            "op": "gte",
            "threshold": 14.4,
            "lookbackWindow": "1h",
            "alertAfter": "5m",
        },
    }
    return changed(definition("AlertCondition", name, spec), changes or {})


def target(name: str = "on-call", changes: dict[str, Any] | None = None) -> Body:
    body = definition(
        "AlertNotificationTarget",
        name,
        {"target": "webhook"},
        {"leeway/url": "https://alerts.example.com"},
    )
    return changed(body, changes or {})


def policy(name: str = "fast-burn", changes: dict[str, Any] | None = None) -> Body:
    spec = {
        "alertWhenBreaching": True,
        "conditions": [{"conditionRef": "fast"}],
        "notificationTargets": [{"targetRef": "on-call"}],
    }
    return changed(definition("AlertPolicy", name, spec), changes or {})


def agreement(name: str = "checkout-for-storefront", changes: dict[str, Any] | None = None) -> Body:
    body = definition(
        "Agreement",
        name,
        {
            "type": "SLA",
            "provider": {"team": "payments", "owner": "payments-lead@example.com"},
            "consumers": [{"team": "storefront", "contact": "storefront-lead@example.com"}],
            "scope": {"services": ["checkout"], "included": "all calls", "excluded": "tests"},
            "promises": [{"slo": "checkout-availability", "target": 0.99}],
            "effective": {"from": "2026-01-01", "until": "2026-12-31"},
            "review": {"every": "3M", "next": "2026-04-01"},
            "serviceHours": {
                "timeZone": "Europe/Berlin",
                "hours": [{"days": ["Mon", "Fri"], "from": "08:00", "until": "18:00"}],
            },
            "escalation": [{"after": "30m", "contact": "+49 30 1234567"}],
        },
    )
    return changed(body, {"apiVersion": "leeway/v1", **(changes or {})})


EVERY_KIND: dict[str, Body] = {
    "SLO": slo(),
    "SLI": sli(),
    "Service": service(),
    "DataSource": data_source(),
    "AlertCondition": condition(),
    "AlertNotificationTarget": target(),
    "AlertPolicy": policy(),
}


def documents(*bodies: Body) -> list[Document]:
    return [document_of(body, file=f"{number}.yaml") for number, body in enumerate(bodies)]


def checked(*bodies: Body, known: tuple[Body, ...] = (), strict: bool = False) -> Checked:
    return check(documents(*bodies), known=documents(*known), strict=strict)


def errors(*bodies: Body, known: tuple[Body, ...] = (), strict: bool = False) -> dict[str, str]:
    """Return the message of each error by its path."""
    return {p.path: p.message for p in checked(*bodies, known=known, strict=strict).errors}


def warnings(*bodies: Body, known: tuple[Body, ...] = ()) -> dict[str, str]:
    """Return the message of each warning by its path."""
    return {p.path: p.message for p in checked(*bodies, known=known).warnings}

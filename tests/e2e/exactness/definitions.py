"""The SLOs that are counted under fire, and the truth about each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]


@dataclass(frozen=True)
class Watched:
    """One SLO: its document, and the naive reading of it."""

    document: dict[str, Any]
    valid: Callable[[Event], bool]
    good: Callable[[Event], bool]
    group: str | None = None
    changed: bool = False

    @property
    def name(self) -> str:
        """The SLO's name."""
        return str(self.document["metadata"]["name"])


def _slo(name: str, service: str, metric: dict[str, Any], **more: Any) -> dict[str, Any]:
    annotations = {"leeway/group-by": more["group"]} if "group" in more else {}
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": name},
        "spec": {
            "service": service,
            "indicator": {
                "metadata": {"name": f"{name}-sli", "annotations": annotations},
                "spec": metric,
            },
            "timeWindow": [{"duration": "30d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [
                {"displayName": "main", "target": more.get("target", 0.9), **more.get("limit", {})}
            ],
        },
    }


def _source(query: str, **more: str) -> dict[str, Any]:
    return {"metricSource": {"metricSourceRef": "requests", "spec": {"query": query, **more}}}


def _ratio(total: str, part: str, side: str = "good") -> dict[str, Any]:
    return {"ratioMetric": {"counter": True, side: _source(part), "total": _source(total)}}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def watched(*, change: int = 0) -> list[Watched]:
    """Return every SLO; `change` counts the redefinitions so far."""
    below = 500 if change % 2 == 0 else 400
    return [
        Watched(
            _slo(
                "checkout-availability",
                "checkout",
                _ratio("service == 'checkout'", "status < 500"),
                target=0.9 if change % 2 == 0 else 0.95,  # a target is no part of what is counted
            ),
            lambda e: e["service"] == "checkout",
            lambda e: e["status"] < 500,
        ),
        Watched(
            _slo("all-failures", "shop", _ratio("has(status)", "status in [500, 503]", "bad")),
            lambda e: "status" in e,
            lambda e: e["status"] not in (500, 503),
        ),
        Watched(
            _slo(
                "search-latency",
                "search",
                {"thresholdMetric": _source("service == 'search'", valueField="duration_ms")},
                limit={"op": "lte", "value": 300},
            ),
            lambda e: e["service"] == "search" and _is_number(e.get("duration_ms")),
            lambda e: e["duration_ms"] <= 300,
        ),
        Watched(
            _slo(
                "payments-by-tenant",
                "payments",
                _ratio("service == 'payments' && has(tenant)", "status != 503"),
                group="tenant",
            ),
            lambda e: e["service"] == "payments",
            lambda e: e["status"] != 503,
            group="tenant",
        ),
        Watched(
            _slo(
                "changing",
                "checkout",
                _ratio("service == 'checkout'", f"status < {below}"),
            ),
            lambda e: e["service"] == "checkout",
            lambda e: e["status"] < below,
            changed=change > 0,
        ),
    ]

"""Turns alert policies, conditions and targets into the domain's policies."""

from collections.abc import Sequence
from decimal import Decimal

from shared.definitions.library import Body, Library, annotations_of, name_of, spec_of
from shared.domain.duration import parse_duration
from shared.domain.slo import AlertCondition, AlertPolicy

DEFAULT_OPERATOR = "gt"
"""How a condition without `op` compares: the specification's text has a threshold exceeded."""


def alert_policies(entries: Sequence[Body], library: Library) -> tuple[AlertPolicy, ...]:
    """Return the policies of an SLO, in the order written; raises NotEvaluated."""
    return tuple(
        _policy(library.inline_or_named(entry, "alertPolicyRef", "AlertPolicy"), library)
        for entry in entries
    )


def _policy(body: Body, library: Library) -> AlertPolicy:
    spec = spec_of(body)
    entry = spec["conditions"][0]
    condition = library.inline_or_named(entry, "conditionRef", "AlertCondition")
    return AlertPolicy(
        name=name_of(body),
        condition=alert_condition(condition),
        targets=tuple(
            target.get("targetRef") or name_of(target)
            for target in spec.get("notificationTargets") or ()
        ),
        alert_when_breaching=bool(spec.get("alertWhenBreaching")),
        alert_when_resolved=bool(spec.get("alertWhenResolved")),
        alert_when_no_data=bool(spec.get("alertWhenNoData")),
    )


def alert_condition(body: Body) -> AlertCondition:
    """Return the condition that a document (or an inline object) describes."""
    spec, annotations = spec_of(body), annotations_of(body)
    written = spec["condition"]
    short = annotations.get("leeway/short-window")
    below = annotations.get("leeway/budget-below")
    within = annotations.get("leeway/exhausted-within")
    return AlertCondition(
        name=name_of(body),
        severity=str(spec.get("severity") or ""),
        op=written.get("op") or DEFAULT_OPERATOR,
        threshold=Decimal(str(written["threshold"])),
        lookback=_seconds(written["lookbackWindow"]),
        lookback_text=written["lookbackWindow"],
        short_window=_seconds(short) if short else None,
        short_window_text=short,
        alert_after=_seconds(written.get("alertAfter")),
        keep_firing_for=_seconds(annotations.get("leeway/keep-firing-for")),
        min_bad_events=_count(annotations.get("leeway/min-bad-events", "")),
        budget_below=Decimal(below) if below else None,
        exhausted_within=_seconds(within) if within else None,
        exhausted_within_text=within,
    )


def _seconds(text: str | None) -> int:
    duration = parse_duration(text) if text else None
    return duration.seconds if duration else 0


def _count(text: str) -> int:
    return int(text) if text.isdecimal() else 1

"""Who is told of an alert: not of a ticket while a page fires, nor of what is silenced."""

from collections.abc import Iterator
from dataclasses import replace

from services.evaluator.domain.alert import FIRES, Alert, Notice, Release
from shared.domain.alert_rule import AlertRule, RuleKind
from shared.notification import Event


def is_inhibited(alert: Alert, *, paged: bool) -> bool:
    """Tell whether an alert is not worth sending; `paged`: a page of its objective fires."""
    return paged and alert.kind is RuleKind.BURN and not alert.page


def tell_firing(
    alert: Alert, rule: AlertRule, *, suppressed: bool
) -> tuple[Alert, tuple[Notice, ...]]:
    """Return what the targets are told of an alert that fires, and the alert that knows it."""
    targets = rule.targets if rule.tells else ()
    notices = tuple(Notice(target, FIRES[rule.kind], suppressed) for target in targets)
    alert = replace(alert, fired_in=alert.sequence, owed=targets if suppressed else ())
    if not rule.tells_end:
        return alert, notices
    return replace(alert, told=() if suppressed and rule.tells else rule.targets), notices


def tell_end(alert: Alert) -> tuple[Notice, ...]:
    """Return what the targets are told of an alert that is over."""
    return tuple(Notice(target, Event.RESOLVED) for target in alert.told)


def release(alert: Alert, rule: AlertRule, now: int) -> tuple[Alert, Iterator[Release]]:
    """Send what was suppressed: return the sendings, and the alert that knows them."""
    sendings = (Release(alert.id, alert.fired_in, target, now) for target in alert.owed)
    told = alert.owed if rule.tells_end else ()
    return replace(alert, owed=(), told=told), sendings

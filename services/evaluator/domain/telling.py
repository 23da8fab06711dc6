"""Who is told of an alert: not of a ticket while a page fires, nor of what is silenced."""

from collections.abc import Iterator

from msgspec.structs import replace

from services.evaluator.domain.alert import FIRES, Alert, Notice, Release
from shared.domain.alert import AlertState
from shared.domain.alert_rule import AlertRule, RuleKind
from shared.notification import Event


def is_inhibited(alert: Alert, *, paged: bool) -> bool:
    """Tell whether an alert is not worth sending; `paged`: a page of its objective fires."""
    return paged and alert.kind is RuleKind.BURN and not alert.page


def fire(
    alert: Alert, rule: AlertRule, now: int, *, suppressed: bool
) -> tuple[Alert, tuple[Notice, ...]]:
    """Return the alert that fires from now on, and what its targets are told of that."""
    targets = rule.targets if rule.tells else ()
    told: tuple[str, ...] = ()
    if rule.tells_end and not (suppressed and rule.tells):
        told = rule.targets
    alert = replace(
        alert,
        state=AlertState.FIRING,
        sequence=alert.sequence + 1,
        fired_at=now,
        fired_in=alert.sequence + 1,
        owed=targets if suppressed else (),
        told=told,
    )
    return alert, tuple([Notice(target, FIRES[rule.kind], suppressed) for target in targets])


def tell_end(alert: Alert) -> tuple[Notice, ...]:
    """Return what the targets are told of an alert that is over."""
    return tuple(Notice(target, Event.RESOLVED) for target in alert.told)


def release(alert: Alert, rule: AlertRule, now: int) -> tuple[Alert, Iterator[Release]]:
    """Send what was suppressed: return the sendings, and the alert that knows them."""
    sendings = (Release(alert.id, alert.fired_in, target, now) for target in alert.owed)
    told = alert.owed if rule.tells_end else ()
    return replace(alert, owed=(), told=told), sendings

"""What a notification says in words: a title, a sentence, and facts. Pure; rounds for display."""

from collections.abc import Iterator
from datetime import UTC, datetime

from shared.domain.alert_rule import RuleKind
from shared.notification import Event, Figures, Notification

_TAGS = {
    Event.RESOLVED: "resolved",
    Event.NO_DATA: "no data",
    Event.STALE: "stale",
    Event.ACKNOWLEDGED: "acknowledged",
    Event.TEST: "test",
}
_ENDINGS = {
    "no_data": "there are no events any more",
    "deleted": "its definition was deleted",
}
_RECOVERIES = {
    RuleKind.BURN: "the error budget burns as allowed again",
    RuleKind.NO_DATA: "there are events again",
    RuleKind.STALE: "its figures are up to date again",
}


def title(notification: Notification) -> str:
    """Return one line that says what happened to which objective."""
    tag = _TAGS.get(notification.event, notification.severity or "alert")
    return f"[{tag.upper()}] {subject(notification)}: {sentence(notification)}"


def subject(notification: Notification) -> str:
    """Return the objective's full name, with its group where it has one."""
    name = f"{notification.display_name or notification.slo} / {notification.objective}"
    return f"{name} ({group(notification)})" if notification.group else name


def group(notification: Notification) -> str:
    """Return the group as `field=value` pairs."""
    return ", ".join(f"{field}={value}" for field, value in notification.group.items())


def sentence(notification: Notification) -> str:
    """Return what happened, without saying to what."""
    match notification.event:
        case Event.FIRING:
            return _problem(notification.figures)
        case Event.RESOLVED:
            return _ending(notification)
        case Event.NO_DATA:
            return f"no events in the last {notification.figures.window}"
        case Event.STALE:
            return "its figures are out of date"
        case Event.ACKNOWLEDGED:
            note = f": {notification.note}" if notification.note else ""
            return f"acknowledged by {notification.by or 'somebody'}{note}"
        case Event.TEST:
            return f"this tests the target {notification.target}; nothing is wrong"


def _problem(figures: Figures) -> str:
    said = list(_shortages(figures))
    about_burn = not (said and figures.threshold == 0)
    if figures.burn_long is not None and figures.lookback is not None and about_burn:
        burn = number(figures.burn_long)
        over = f"the error budget burns {burn} times as fast as allowed over {figures.lookback}"
        said.insert(0, over)
    return "; ".join(said) or "the condition of the alert holds"


def _shortages(figures: Figures) -> Iterator[str]:
    left = figures.remaining_ratio
    if left is None:
        return
    if figures.budget_below is not None:
        below = percent(figures.budget_below)
        yield f"{percent(left)} of the error budget is left, less than {below}"
    if figures.exhausted_within is not None:
        yield (
            f"the error budget lasts {figures.exhausted_within} or less at the last hour's rate"
            if left > 0
            else "the error budget is spent"
        )


def _ending(notification: Notification) -> str:
    if notification.reason != "recovered":
        return _ENDINGS.get(notification.reason or "", notification.reason or "resolved")
    figures = notification.figures
    if figures.remaining_ratio is not None and _asks_for_budget(figures):
        return f"{percent(figures.remaining_ratio)} of the error budget is left"
    return _RECOVERIES[notification.kind]


def _asks_for_budget(figures: Figures) -> bool:
    return figures.budget_below is not None or figures.exhausted_within is not None


def facts(notification: Notification) -> list[tuple[str, str]]:
    """Return what is known beyond the title, as names and values for people."""
    return [(name, value) for name, value in _facts(notification) if value]


def _facts(notification: Notification) -> Iterator[tuple[str, str | None]]:
    figures = notification.figures
    yield "Service", notification.service
    yield "Objective", f"{percent(figures.target)} over {figures.window}"
    yield "SLI", None if figures.sli is None else percent(figures.sli)
    yield "Events", _events(figures)
    yield "Budget left", remaining(figures)
    yield "Burn rates", burn_rates(figures)
    yield "Condition", condition(notification)
    yield "Severity", notification.severity
    yield "Group", group(notification)
    yield "Since", moment(notification.starts_at)
    yield "Owner", notification.owner
    yield "Runbook", notification.runbook


def remaining(figures: Figures) -> str | None:
    """Return how much of the budget is left, and until when it lasts."""
    if figures.remaining_ratio is None:
        return None
    until = figures.exhausted_at
    return percent(figures.remaining_ratio) + (f", gone {moment(until)}" if until else "")


def burn_rates(figures: Figures) -> str:
    """Return the burn over each window that has one, shortest first as given."""
    known = ((window, burn) for window, burn in figures.burn_rates.items() if burn is not None)
    return ", ".join(f"{window} {number(burn)}" for window, burn in known)


def condition(notification: Notification) -> str:
    """Return the condition's name and what it asks."""
    figures = notification.figures
    name = f"{notification.policy} / {notification.condition}"
    if figures.threshold is None or figures.lookback is None:
        return name
    windows = figures.lookback + (f" and {figures.short_window}" if figures.short_window else "")
    asked = f"{name}: burn over {windows} against {number(figures.threshold)}"
    if figures.budget_below is not None:
        asked += f", with less than {percent(figures.budget_below)} of the budget left"
    if figures.exhausted_within is not None:
        asked += f", with a budget that lasts {figures.exhausted_within} or less"
    return asked


def _events(figures: Figures) -> str | None:
    if figures.bad is None or figures.total is None:
        return None
    return f"{figures.bad:,} bad of {figures.total:,}"


def text(notification: Notification, link: str | None = None) -> str:
    """Return title, facts and description as plain text."""
    lines = [title(notification), ""]
    lines += [f"{name}: {value}" for name, value in facts(notification)]
    lines += ["", notification.description] if notification.description else []
    lines += ["", link] if link else []
    return "\n".join(lines)


def percent(ratio: float) -> str:
    """Return a ratio for display: as many digits as it takes, at most four behind the point."""
    return f"{ratio * 100:.4f}".rstrip("0").rstrip(".") + " %"


def number(value: float) -> str:
    """Return a burn rate or threshold for display."""
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"


def moment(at: datetime) -> str:
    """Return a moment for display."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def clipped(text: str, limit: int) -> str:
    """Return a text cut to a receiver's limit, with a sign that it was."""
    return text if len(text) <= limit else text[: limit - 1] + "…"

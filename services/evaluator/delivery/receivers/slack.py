"""Slack, and what takes the same incoming webhooks (Mattermost, Rocket.Chat)."""

from collections.abc import Iterator

from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.request import Request, json_request
from services.evaluator.delivery.wording import (
    burn_rates,
    clipped,
    condition,
    facts,
    moment,
    sentence,
    subject,
    title,
)
from shared.notification import Event, Notification

LONGEST_HEADER = 150
LONGEST_SECTION = 3000
LONGEST_FIELD, MOST_FIELDS = 2000, 10
LONGEST_BUTTON_TEXT, LONGEST_URL = 75, 3000
LONGEST_TEXT = 4000

_COLOURS = {
    Event.RESOLVED: "#2e7d32",
    Event.NO_DATA: "#757575",
    Event.STALE: "#757575",
    Event.ACKNOWLEDGED: "#1565c0",
    Event.TEST: "#1565c0",
}
_PAGE, _TICKET = "#c62828", "#f9a825"
_ELSEWHERE = frozenset({"Burn rates", "Condition", "Runbook", "Since"})

Block = dict[str, object]


def requests(attempt: Attempt) -> list[Request]:
    """Return the POST of the message."""
    return [json_request(attempt.access.url or "", message(attempt))]


def message(attempt: Attempt) -> dict[str, object]:
    """Return the message: its text is for notifications, its blocks are for reading."""
    notification = attempt.notification
    return {
        "text": clipped(escaped(title(notification)), LONGEST_TEXT),
        "attachments": [{"color": colour(notification), "blocks": list(_blocks(attempt))}],
    }


def colour(notification: Notification) -> str:
    """Return the colour of the bar beside a message."""
    return _COLOURS.get(notification.event, _PAGE if notification.page else _TICKET)


def _blocks(attempt: Attempt) -> Iterator[Block]:
    notification = attempt.notification
    heading = clipped(f"{_sign(notification)} {subject(notification)}", LONGEST_HEADER)
    yield {"type": "header", "text": {"type": "plain_text", "text": heading, "emoji": True}}
    yield _section(escaped(sentence(notification)))
    fields = [
        _mrkdwn(clipped(f"*{name}*\n{escaped(value)}", LONGEST_FIELD))
        for name, value in facts(notification)
        if name not in _ELSEWHERE
    ]
    yield {"type": "section", "fields": fields[:MOST_FIELDS]}
    if burns := burn_rates(notification.figures):
        yield _section(f"*Burn by window*\n{escaped(burns)}")
    if notification.description:
        yield _section(escaped(notification.description))
    if buttons := list(_buttons(attempt)):
        yield {"type": "actions", "elements": buttons}
    footer = f"{condition(notification)} | since {moment(notification.starts_at)}"
    if notification.runbook and not _is_url(notification.runbook):
        footer += f" | runbook: {notification.runbook}"
    yield {"type": "context", "elements": [_mrkdwn(clipped(escaped(footer), LONGEST_FIELD))]}


def _sign(notification: Notification) -> str:
    return {
        Event.RESOLVED: ":large_green_circle:",
        Event.NO_DATA: ":white_circle:",
        Event.STALE: ":white_circle:",
        Event.ACKNOWLEDGED: ":large_blue_circle:",
        Event.TEST: ":large_blue_circle:",
    }.get(notification.event, ":red_circle:" if notification.page else ":large_yellow_circle:")


def _buttons(attempt: Attempt) -> Iterator[Block]:
    for text, url in (("Runbook", attempt.notification.runbook), ("Open in Leeway", attempt.link)):
        if url and _is_url(url) and len(url) <= LONGEST_URL:
            label = {"type": "plain_text", "text": clipped(text, LONGEST_BUTTON_TEXT)}
            yield {"type": "button", "text": label, "url": url}


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(clipped(text, LONGEST_SECTION))}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def escaped(text: str) -> str:
    """Return a text in which Slack sees no mentions and no links."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

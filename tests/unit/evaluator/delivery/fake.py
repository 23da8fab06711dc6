"""Receivers that take nothing which the real ones would refuse: required fields, limits, types.

Each check follows what the vendor documents; a request it would answer with 4xx raises Refusal.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.outcome import Refused
from services.evaluator.delivery.request import Request

Json = dict[str, Any]


class Refusal(AssertionError):
    """The vendor would answer with 4xx."""


def need(holds: object, why: str) -> None:
    if not holds:
        raise Refusal(why)


def text(holder: Json, key: str, longest: int, *, required: bool = False) -> None:
    value = holder.get(key)
    if value is None:
        need(not required, f"{key} is required")
        return
    need(isinstance(value, str), f"{key} is text")
    need(not required or value, f"{key} is empty")
    need(len(value) <= longest, f"{key} has {len(value)} characters of {longest}")


def moment(value: object) -> datetime:
    need(isinstance(value, str), "a time is text")
    found = datetime.fromisoformat(str(value))
    need(found.tzinfo is not None, "a time has a zone")
    return found


def only(holder: Json, *known: str) -> None:
    need(holder.keys() <= set(known), f"unknown keys {holder.keys() - set(known)}")


def body_of(request: Request) -> Any:
    need(request.method == "POST", "is a POST")
    need(request.headers.get("content-type") == "application/json", "is JSON")
    return json.loads(request.body)


@dataclass
class FakePagerDuty:
    """Events API v2: what is open, by dedup_key."""

    routing_key: str
    incidents: dict[str, str] = field(default_factory=dict)
    summaries: dict[str, str] = field(default_factory=dict)

    async def send(self, request: Request, access: Access) -> bytes:
        need(urlsplit(request.url).path == "/v2/enqueue", "goes to /v2/enqueue")
        need(len(request.body) <= 512 * 1024, "an event has at most 512 KiB")
        event = body_of(request)
        only(
            event,
            *("routing_key", "event_action", "dedup_key", "payload", "client", "client_url"),
            *("links", "images"),
        )
        need(event.get("routing_key") == self.routing_key, "the routing key is known")
        action = event.get("event_action")
        need(action in {"trigger", "acknowledge", "resolve"}, "the action is known")
        text(event, "dedup_key", 255, required=action != "trigger")
        key = event["dedup_key"]
        if action == "trigger":
            self._check_payload(event["payload"])
            for link in event.get("links", ()):
                need(link["href"].startswith("http"), "a link is a URL")
            self.summaries[key] = event["payload"]["summary"]
            self.incidents[key] = "triggered"
        elif key in self.incidents:
            self.incidents[key] = {"acknowledge": "acknowledged", "resolve": "resolved"}[action]
        return b'{"status":"success","message":"Event processed","dedup_key":"x"}'

    def _check_payload(self, payload: Json) -> None:
        only(
            payload,
            *("summary", "source", "severity", "timestamp", "component", "group", "class"),
            "custom_details",
        )
        text(payload, "summary", 1024, required=True)
        text(payload, "source", 1 << 20, required=True)
        need(None not in payload.values(), "what is optional is left out, not null")
        need(payload["severity"] in {"critical", "error", "warning", "info"}, "severity")
        moment(payload["timestamp"])
        need(isinstance(payload["custom_details"], dict), "details are an object")


@dataclass
class FakeOpsgenie:
    """Alert API: open alerts by alias; a request is done when asked for the second time."""

    key: str
    base: str = ""
    wrapped: bool = True
    fails: str | None = None
    answers: bool = True  # to the question what became of a request
    alerts: dict[str, Json] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)

    async def send(self, request: Request, access: Access) -> bytes:
        need(request.headers.get("authorization") == f"GenieKey {self.key}", "the key is known")
        parts = urlsplit(request.url)
        need(parts.path.startswith(f"{self.base}/v2/alerts"), "the path is known")
        steps = [unquote(s) for s in parts.path.removeprefix(f"{self.base}/v2/alerts").split("/")]
        match steps:
            case [""]:
                self._create(body_of(request))
            case ["", "requests", number]:
                if not self.answers:
                    await asyncio.Event().wait()
                return self._status(number, request)
            case ["", alias, action]:
                need(parse_qs(parts.query) == {"identifierType": ["alias"]}, "by alias")
                self._change(alias, action, body_of(request))
        return b'{"result":"Request will be processed","took":0.1,"requestId":"r-1"}'

    def _create(self, alert: Json) -> None:
        only(
            alert,
            *("message", "alias", "description", "responders", "visibleTo", "actions", "tags"),
            *("details", "entity", "source", "priority", "user", "note"),
        )
        text(alert, "message", 130, required=True)
        text(alert, "alias", 512)
        text(alert, "description", 15_000)
        text(alert, "entity", 512)
        text(alert, "source", 100)
        need(alert.get("priority") in {"P1", "P2", "P3", "P4", "P5"}, "a priority")
        need(len(alert["tags"]) <= 20, "at most 20 tags")
        need(all(len(tag) <= 50 for tag in alert["tags"]), "a tag has at most 50 characters")
        details = alert["details"]
        need(all(isinstance(value, str) for value in details.values()), "details are text")
        need(sum(map(len, (*details, *details.values()))) <= 8000, "details: 8,000 characters")
        self.alerts[alert["alias"]] = alert

    def _change(self, alias: str, action: str, content: Json) -> None:
        need(action in {"close", "acknowledge"}, "the action is known")
        only(content, "user", "source", "note")
        text(content, "user", 100)
        text(content, "source", 100)
        text(content, "note", 25_000)
        need(len(alias) <= 512, "an alias has at most 512 characters")
        if action == "close":
            self.alerts.pop(alias, None)
            self.closed.append(alias)
        else:
            self.alerts[alias]["acknowledged"] = content["user"]

    def _status(self, number: str, request: Request) -> bytes:
        need(request.method == "GET", "is a GET")
        self.asked[number] = self.asked.get(number, 0) + 1
        if self.asked[number] % 2:
            raise Refused("404")
        found = {"isSuccess": self.fails is None, "status": self.fails or "Created alert"}
        answer = {"data": found, "took": 0.1, "requestId": number} if self.wrapped else found
        return json.dumps(answer).encode()


@dataclass
class FakeSlack:
    """An incoming webhook: Block Kit's limits."""

    messages: list[Json] = field(default_factory=list)

    async def send(self, request: Request, access: Access) -> bytes:
        message = body_of(request)
        only(message, "text", "attachments")
        text(message, "text", 40_000, required=True)
        for attachment in message["attachments"]:
            only(attachment, "color", "blocks")
            need(re.fullmatch("#[0-9a-f]{6}", attachment["color"]), "a colour")
            need(0 < len(attachment["blocks"]) <= 50, "at most 50 blocks")
            for block in attachment["blocks"]:
                self._check(block)
        self.messages.append(message)
        return b"ok"

    def _check(self, block: Json) -> None:
        match block["type"]:
            case "header":
                need(block["text"]["type"] == "plain_text", "a header is plain")
                text(block["text"], "text", 150, required=True)
            case "section":
                need("text" in block or block.get("fields"), "a section says something")
                self._text(block.get("text"), 3000)
                need(len(block.get("fields", ())) <= 10, "at most 10 fields")
                for one in block.get("fields", ()):
                    self._text(one, 2000)
            case "actions":
                need(0 < len(block["elements"]) <= 25, "1 to 25 elements")
                for button in block["elements"]:
                    need(button["type"] == "button", "a button")
                    text(button["text"], "text", 75, required=True)
                    text(button, "url", 3000, required=True)
            case "context":
                need(0 < len(block["elements"]) <= 10, "1 to 10 elements")
                for one in block["elements"]:
                    self._text(one, 2000)
            case kind:
                raise Refusal(f"unknown block {kind}")

    def _text(self, found: Json | None, longest: int) -> None:
        if found is not None:
            need(found["type"] == "mrkdwn", "is mrkdwn")
            text(found, "text", longest, required=True)


def check_labels(labels: Mapping[str, str]) -> None:
    for name, value in labels.items():
        need(re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name), f"{name!r} is no label")
        need(value, f"{name} is empty")


@dataclass
class FakeAlertmanager:
    """API v2 of the members of one cluster; those in `down` raise what they are mapped to."""

    now: datetime
    down: dict[str, Exception] = field(default_factory=dict)
    alerts: dict[str, dict[str, Json]] = field(default_factory=dict)

    async def send(self, request: Request, access: Access) -> bytes:
        parts = urlsplit(request.url)
        if error := self.down.get(parts.netloc):
            raise error
        need(parts.path.endswith("/api/v2/alerts"), "goes to /api/v2/alerts")
        found = body_of(request)
        need(isinstance(found, list), "is an array")
        for alert in found:
            only(alert, "labels", "annotations", "startsAt", "endsAt", "generatorURL")
            check_labels(alert["labels"])
            need(alert["labels"].get("alertname"), "has an alertname")
            need(moment(alert["startsAt"]) <= moment(alert["endsAt"]), "starts before it ends")
            member = self.alerts.setdefault(parts.netloc, {})
            member[json.dumps(alert["labels"], sort_keys=True)] = alert
        return b""

    def firing(self, member: str, at: datetime) -> list[Json]:
        """What this member takes for firing at a time."""
        return [a for a in self.alerts.get(member, {}).values() if moment(a["endsAt"]) > at]

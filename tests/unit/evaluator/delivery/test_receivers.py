"""Each receiver against a strict stand-in of what listens there."""

import base64
import hashlib
import hmac
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.outcome import Refused, Unreached
from services.evaluator.delivery.receiver import Attempt, Posted
from services.evaluator.delivery.receivers import alertmanager_webhook, pagerduty, slack, webhook
from services.evaluator.delivery.receivers.alertmanager import Alertmanager, posted_alert
from services.evaluator.delivery.receivers.opsgenie import Opsgenie, priority
from shared.domain.target import TargetKind
from shared.notification import Event
from tests.unit.evaluator.delivery.build import (
    AT,
    LINK,
    attempt,
    everything_huge,
    notification,
)
from tests.unit.evaluator.delivery.fake import (
    FakeAlertmanager,
    FakeOpsgenie,
    FakePagerDuty,
    FakeSlack,
    check_labels,
)

KEY = "0123456789abcdef0123456789abcdef"
MEMBERS = "http://am-1:9093, http://am-2:9093/"


def of(
    kind: TargetKind, event: Event = Event.FIRING, *, url: str | None = None, **told: Any
) -> Attempt:
    return attempt(notification(event, **told), kind, url=url, secret=KEY)


# PagerDuty


async def test_pagerduty_opens_acknowledges_and_resolves_one_incident() -> None:
    fake = FakePagerDuty(KEY)
    receiver = Posted(fake, pagerduty.requests)
    states = []
    for event in (Event.FIRING, Event.ACKNOWLEDGED, Event.RESOLVED):
        await receiver.send(of(TargetKind.PAGERDUTY, event, by="ann", reason="recovered"))
        states.append(dict(fake.incidents))
    assert states == [{"a1b2c3": s} for s in ("triggered", "acknowledged", "resolved")]
    assert fake.summaries["a1b2c3"] == (
        "[PAGE] Checkout answers / availability: "
        "the error budget burns 20.5 times as fast as allowed over 1h"
    )


async def test_pagerduty_is_told_of_an_slo_without_a_service() -> None:
    fake = FakePagerDuty(KEY)
    await Posted(fake, pagerduty.requests).send(of(TargetKind.PAGERDUTY, service=""))
    assert fake.incidents == {"a1b2c3": "triggered"}


async def test_a_test_leaves_no_incident_open_at_pagerduty() -> None:
    fake = FakePagerDuty(KEY)
    await Posted(fake, pagerduty.requests).send(of(TargetKind.PAGERDUTY, Event.TEST))
    assert fake.incidents == {"a1b2c3": "resolved"}


@pytest.mark.parametrize(
    ("severity", "page", "expected"),
    [("page", True, "critical"), ("ticket", False, "warning"), ("Error", False, "error")],
)
def test_severities_become_those_that_pagerduty_knows(
    severity: str, page: bool, expected: str
) -> None:
    assert pagerduty.severity(notification(severity=severity, page=page)) == expected


# Opsgenie and Jira Service Management


@pytest.mark.parametrize(
    ("kind", "base", "wrapped"),
    [(TargetKind.OPSGENIE, "", True), (TargetKind.JIRA, "/jsm/ops/integration", False)],
)
async def test_opsgenie_and_jira_open_acknowledge_and_close_one_alert(
    kind: TargetKind, base: str, wrapped: bool
) -> None:
    fake = FakeOpsgenie(KEY, base, wrapped)
    receiver = Opsgenie(fake, poll_seconds=0)
    await receiver.send(of(kind))
    (alert,) = fake.alerts.values()
    assert alert["priority"] == "P1"
    assert alert["details"]["Owner"] == "payments"
    await receiver.send(of(kind, Event.ACKNOWLEDGED, by="ann"))
    assert fake.alerts["a1b2c3"]["acknowledged"] == "ann"
    await receiver.send(of(kind, Event.RESOLVED))
    assert (fake.alerts, fake.closed) == ({}, ["a1b2c3"])
    assert fake.asked == {"r-1": 6}


async def test_another_address_of_opsgenie_is_used_where_one_is_given() -> None:
    fake = FakeOpsgenie(KEY, "/eu")
    url = "https://opsgenie.example.com/eu/"
    await Opsgenie(fake, poll_seconds=0).send(of(TargetKind.OPSGENIE, url=url))
    assert list(fake.alerts) == ["a1b2c3"]


async def test_an_alert_is_delivered_where_the_question_what_became_of_it_is_not_answered() -> None:
    fake = FakeOpsgenie(KEY, answers=False)
    told = of(TargetKind.OPSGENIE)
    await Opsgenie(fake, poll_seconds=0, patience_seconds=0.01).send(told)
    assert list(fake.alerts) == [told.notification.alert]


async def test_an_alert_that_opsgenie_could_not_create_is_refused() -> None:
    fake = FakeOpsgenie(KEY, fails="Alert is blocked by a policy")
    with pytest.raises(Refused, match="blocked by a policy"):
        await Opsgenie(fake, poll_seconds=0).send(of(TargetKind.OPSGENIE))


async def test_an_alert_that_somebody_closed_before_is_resolved_all_the_same() -> None:
    fake = FakeOpsgenie(KEY, fails="Alert does not exist")
    await Opsgenie(fake, poll_seconds=0).send(of(TargetKind.OPSGENIE, Event.RESOLVED))


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("page", "P1"), ("sev2", "P2"), ("P4", "P4"), ("ticket", "P3"), ("info", "P5"), ("", "P3")],
)
def test_severities_become_priorities(severity: str, expected: str) -> None:
    assert priority(notification(severity=severity)) == expected


# Slack


async def test_slack_shows_budget_burn_runbook_owner_and_colour() -> None:
    fake = FakeSlack()
    receiver = Posted(fake, slack.requests)
    await receiver.send(of(TargetKind.SLACK, url="https://hooks.example.com/x"))
    shown = json.dumps(fake.messages[0], ensure_ascii=False)
    for wanted in ("-47 %", "5m 31, 1h 20.5", "payments", "runbooks.example.com", LINK, "99.9 %"):
        assert wanted in shown
    await receiver.send(of(TargetKind.SLACK, Event.RESOLVED, url="https://hooks.example.com/x"))
    await receiver.send(of(TargetKind.SLACK, page=False, url="https://hooks.example.com/x"))
    colours = [message["attachments"][0]["color"] for message in fake.messages]
    assert len(set(colours)) == 3


async def test_nobody_is_mentioned_by_what_a_definition_says() -> None:
    fake = FakeSlack()
    told = of(TargetKind.SLACK, description="<!channel> & more", url="https://hooks.example.com/x")
    await Posted(fake, slack.requests).send(told)
    assert "<!channel>" not in json.dumps(fake.messages)
    assert "&lt;!channel&gt; &amp; more" in json.dumps(fake.messages)


# Alertmanager


async def test_all_members_of_a_cluster_are_told_and_the_alert_ends_when_it_resolves() -> None:
    fake = FakeAlertmanager(AT)
    receiver = Alertmanager(fake)
    await receiver.send(of(TargetKind.ALERTMANAGER, url=MEMBERS))
    for member in ("am-1:9093", "am-2:9093"):
        (alert,) = fake.firing(member, AT + timedelta(minutes=3))
        assert alert["labels"]["alertname"] == "fast-burn"
        assert alert["labels"]["team"] == "payments"
        assert alert["annotations"]["burn_rate"] == "20.5"
    await receiver.send(of(TargetKind.ALERTMANAGER, Event.RESOLVED, url=MEMBERS))
    assert fake.firing("am-1:9093", AT + timedelta(seconds=1)) == []


async def test_labels_stay_the_same_whatever_the_figures_and_the_event() -> None:
    fake = FakeAlertmanager(AT)
    for event in (Event.FIRING, Event.RESOLVED):
        told = of(TargetKind.ALERTMANAGER, event, url="http://am-1:9093", alert=str(event))
        await Alertmanager(fake).send(told)
    assert len(fake.alerts["am-1:9093"]) == 1


async def test_groups_are_alerts_of_their_own_even_when_fields_are_called_like_our_labels() -> None:
    fake = FakeAlertmanager(AT)
    for tenant in ("a", "b"):
        told = of(TargetKind.ALERTMANAGER, url="http://am-1:9093", group={"service": tenant})
        await Alertmanager(fake).send(told)
    found = [alert["labels"] for alert in fake.alerts["am-1:9093"].values()]
    assert [(f["service"], f["group"]) for f in found] == [
        ("checkout", "service=a"),
        ("checkout", "service=b"),
    ]


async def test_one_member_that_answers_is_enough() -> None:
    fake = FakeAlertmanager(AT, down={"am-1:9093": Unreached("am-1 is down")})
    await Alertmanager(fake).send(of(TargetKind.ALERTMANAGER, url=MEMBERS))
    assert len(fake.firing("am-2:9093", AT)) == 1


async def test_no_member_that_answers_is_a_failure_that_may_pass_if_one_may() -> None:
    fake = FakeAlertmanager(AT, down={"am-1:9093": Refused("400"), "am-2:9093": Unreached("down")})
    with pytest.raises(Unreached, match="400; down"):
        await Alertmanager(fake).send(of(TargetKind.ALERTMANAGER, url=MEMBERS))
    fake.down["am-2:9093"] = Refused("400")
    with pytest.raises(Refused, match=r"^400$"):
        await Alertmanager(fake).send(of(TargetKind.ALERTMANAGER, url=MEMBERS))


# Webhooks


def body(sent: Attempt) -> Any:
    (request,) = webhook.requests(sent)
    return json.loads(request.body)


def test_a_webhook_gets_the_whole_notification() -> None:
    found = body(attempt(secret=None))
    assert (found["type"], found["timestamp"]) == ("alert.firing", "2026-11-23T06:00:00Z")
    assert found["data"]["figures"]["burn_rates"] == {"5m": 31.0, "1h": 20.53, "3d": None}
    assert found["data"]["link"] == LINK


def test_a_webhook_is_signed_as_standard_webhooks_says() -> None:
    key = b"k" * 24
    (request,) = webhook.requests(attempt(secret=f"whsec_{base64.b64encode(key).decode()}"))
    headers = request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{digest}"
    assert headers["webhook-timestamp"] == str(int(AT.timestamp()) + 3)


def test_the_key_of_a_webhook_is_the_same_at_each_attempt_and_holds_no_full_stop() -> None:
    keys = set()
    for sequence, name in ((2, "on.call"), (2, "on.call"), (3, "on.call"), (2, "other")):
        told = notification(sequence=sequence, target=name)
        (request,) = webhook.requests(attempt(told, secret=None))
        keys.add(request.headers["webhook-id"])
    assert len(keys) == 3
    assert all(re.fullmatch("msg_[0-9a-f]{32}", key) for key in keys)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not base64!", "hunter2!"])
def test_a_secret_that_cannot_sign_is_refused_without_repeating_it(secret: str) -> None:
    with pytest.raises(Refused) as refused:
        webhook.requests(attempt(secret=secret))
    assert secret.removeprefix("whsec_") == "" or secret.removeprefix("whsec_") not in str(
        refused.value
    )


@pytest.mark.parametrize(
    ("began", "ended", "said"), [(300, 60, 60), (300, -1, 2), (1, 0, 1)], ids=str
)
def test_an_alert_that_is_over_has_ended_by_the_clock_of_alertmanager(
    began: int, ended: int, said: int
) -> None:
    """It takes what ends in its future for a firing alert, and lets it go on as before."""
    at, starts_at, expected = (AT - timedelta(seconds=s) for s in (ended, began, said))
    told = notification(Event.RESOLVED, at=at, starts_at=starts_at)
    assert posted_alert(told, AT)["endsAt"] == expected


def test_the_webhook_of_alertmanager_has_the_shape_of_version_4() -> None:
    sent = of(TargetKind.ALERTMANAGER_WEBHOOK, Event.RESOLVED, url="https://x.example.com")
    (request,) = alertmanager_webhook.requests(sent)
    found = json.loads(request.body)
    assert found["version"] == "4"
    assert (found["status"], found["alerts"][0]["status"]) == ("resolved", "resolved")
    assert found["alerts"][0]["endsAt"] == "2026-11-23T06:00:00Z"
    assert found["receiver"] == "on-call"
    check_labels(found["commonLabels"])
    assert request.headers["authorization"] == f"Bearer {KEY}"


def test_a_test_leaves_no_alert_open_at_a_webhook_of_alertmanagers_shape() -> None:
    sent = of(TargetKind.ALERTMANAGER_WEBHOOK, Event.TEST, url="https://x.example.com")
    found = [json.loads(request.body) for request in alertmanager_webhook.requests(sent)]
    assert [one["status"] for one in found] == ["firing", "resolved"]
    assert found[0]["alerts"][0]["fingerprint"] == found[1]["alerts"][0]["fingerprint"]


def test_a_name_and_a_password_go_as_basic_authentication() -> None:
    sent = attempt(kind=TargetKind.ALERTMANAGER_WEBHOOK, secret="p", user="u")
    (request,) = alertmanager_webhook.requests(sent)
    assert request.headers["authorization"] == f"Basic {base64.b64encode(b'u:p').decode()}"


# All


async def send(kind: TargetKind, told: Attempt) -> None:
    match kind:
        case TargetKind.PAGERDUTY:
            await Posted(FakePagerDuty(KEY), pagerduty.requests).send(told)
        case TargetKind.OPSGENIE:
            fake = FakeOpsgenie(KEY, alerts={told.notification.alert[:511] + "…": {}})
            await Opsgenie(fake, poll_seconds=0).send(told)
        case TargetKind.SLACK:
            await Posted(FakeSlack(), slack.requests).send(told)
        case TargetKind.ALERTMANAGER:
            await Alertmanager(FakeAlertmanager(AT)).send(told)


@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize(
    "kind",
    [TargetKind.PAGERDUTY, TargetKind.OPSGENIE, TargetKind.SLACK, TargetKind.ALERTMANAGER],
)
async def test_every_event_respects_every_limit_however_long_the_texts_are(
    kind: TargetKind, event: Event
) -> None:
    url = MEMBERS if kind is TargetKind.ALERTMANAGER else None
    await send(kind, attempt(everything_huge(event), kind, url=url, secret=KEY))


def test_nothing_that_is_printed_holds_a_secret() -> None:
    access = Access(attempt().access.target, "https://x.example.com/t0ken", "s3cr3t")
    (request,) = webhook.requests(attempt(secret=None, url="https://x.example.com/t0ken"))
    assert "s3cr3t" not in repr(access)
    assert "t0ken" not in repr(access) + repr(request)

"""`leeway notify` against a stack that runs, with a receiver of the test."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from tests.e2e.running import Running, local_stack
from tests.support.kafka.certificates import make_certificates
from tests.support.mail import mail_server
from tests.support.port import free_port
from tests.support.receiver import HttpReceiver, http_receiver
from tests.support.waiting import wait_until

KEY = f"whsec_{base64.b64encode(b'k' * 24).decode()}"
TARGETS = """
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {{name: hook, annotations: {{leeway/url: "{url}/hook", leeway/secret-env: HOOK_KEY}}}}
spec: {{target: webhook}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {{name: gone, annotations: {{leeway/url: "http://127.0.0.1:{nobody}/"}}}}
spec: {{target: webhook}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {{name: chat, annotations: {{leeway/url-env: LEEWAY_SECRET_CHAT_URL}}}}
spec: {{target: slack}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata:
  name: leads
  annotations:
    leeway/url: smtp://127.0.0.1:{mail}
    leeway/from: leeway@example.com
    leeway/to: ann@example.com
    leeway/user: leeway
    leeway/secret-env: LEEWAY_SECRET_MAIL
spec: {{target: email}}
"""
PROMISE = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: watched, annotations: {leeway/owner: payments}}
spec:
  service: watched
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  indicator:
    metadata: {name: answers}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {metricSourceRef: requests, spec: {query: "status < 500"}}}
        total: {metricSource: {metricSourceRef: requests, spec: {query: "service == 'watched'"}}}
  objectives: [{displayName: availability, target: 0.99}]
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: at-once}
      spec:
        alertWhenBreaching: true
        alertWhenResolved: true
        conditions:
          - kind: AlertCondition
            metadata: {name: burns}
            spec:
              severity: page
              condition: {kind: burnrate, op: gt, threshold: 2, lookbackWindow: 1h, alertAfter: 0m}
        notificationTargets: [{targetRef: hook}]
"""


@pytest.fixture(scope="module")
def receiver(shared_database: tuple[str, ...]) -> Iterator[HttpReceiver]:
    """A receiver for each database, which knows nothing of the alerts of the other."""
    with http_receiver() as found:
        yield found


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory,
    receiver: HttpReceiver,
    shared_database: tuple[str, ...],
) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("notifying")
    targets, certificates = folder / "targets.yaml", make_certificates(folder)
    secrets = {
        "HOOK_KEY": KEY,
        "LEEWAY_SECRET_CHAT_URL": f"{receiver.url}/chat/t0ken",
        "LEEWAY_SECRET_MAIL": "wr0ng-passw0rd",
        "SSL_CERT_FILE": str(certificates.authority),
    }
    wanted = (*shared_database, "--definitions", str(targets), "--definitions", "examples/web")
    with mail_server(certificates, login=("leeway", "r1ght-passw0rd")) as mail:
        targets.write_text(TARGETS.format(url=receiver.url, nobody=free_port(), mail=mail.port))
        with local_stack(folder / "data", *wanted, env=secrets) as running:
            yield running


def test_a_test_arrives_signed(stack: Running, receiver: HttpReceiver) -> None:
    tested = stack.leeway("notify", "test", "hook")
    assert (tested.code, tested.err) == (0, "hook has taken the test\n")
    got = next(got for got in receiver.requests if got.path == "/hook")
    found = Webhook(KEY).verify(got.body, got.headers)
    assert (found["type"], found["data"]["target"]) == ("alert.test", "hook")


def test_a_secret_address_is_used_and_shown_nowhere(stack: Running, receiver: HttpReceiver) -> None:
    assert stack.leeway("notify", "test", "chat").code == 0
    assert any(got.path == "/chat/t0ken" for got in receiver.requests)
    listed = stack.leeway("notify", "list", "-o", "json")
    assert "t0ken" not in listed.out + stack.tail()


def test_a_target_that_is_away_is_said_so_and_can_be_tried_again(stack: Running) -> None:
    tested = stack.leeway("notify", "test", "gone")
    assert tested.code == 1
    assert "gone did not take the test: webhook cannot be reached" in tested.err
    listed = stack.leeway("notify", "list", "--target", "gone", "-o", "json")
    (one,) = json.loads(listed.out)["items"]
    assert (one["state"], one["event"]) == ("pending", "test")
    again = stack.leeway("notify", "retry", one["id"])
    assert (again.code, again.err) == (0, f"{one['id']} is pending\n")
    assert (
        "1 notification will be tried again"
        in stack.leeway("notify", "retry", "--target", "gone").err
    )


def test_a_wrong_password_for_the_mail_server_is_shown_and_is_in_no_log(stack: Running) -> None:
    tested = stack.leeway("notify", "test", "leads")
    assert tested.code == 1
    assert "the mail server answered 535" in tested.err
    listed = stack.leeway("notify", "list", "--state", "failed", "-o", "json")
    (one,) = json.loads(listed.out)["items"]
    assert one["target"] == "leads"
    assert "the mail server answered 535" in one["last_error"]
    assert "wr0ng-passw0rd" not in listed.out + "".join(stack.err)


def test_a_target_that_does_not_exist_is_named(stack: Running) -> None:
    tested = stack.leeway("notify", "test", "nobody")
    assert tested.code == 1
    assert "there is no AlertNotificationTarget named 'nobody'" in tested.err


def test_a_broken_promise_is_told_and_so_is_who_takes_care_of_it(
    stack: Running, receiver: HttpReceiver, tmp_path: Path
) -> None:
    (tmp_path / "promise.yaml").write_text(PROMISE)
    applied = stack.leeway("apply", str(tmp_path / "promise.yaml"))
    assert applied.code == 0, applied.err
    assert stack.leeway("send", "-", given=b'{"service":"watched","status":500}\n' * 20).code == 0

    def told(kind: str) -> list[Any]:
        bodies = [got.json for got in receiver.requests if got.path == "/hook"]
        found = [one["data"] for one in bodies if one["type"] == kind]
        return [one for one in found if one["slo"] == "watched"]

    wait_until(lambda: told("alert.firing"), "the target knows that it fires", within=60)
    (firing,) = told("alert.firing")
    assert (firing["policy"], firing["condition"], firing["page"]) == ("at-once", "burns", True)
    assert (firing["figures"]["bad"], firing["owner"]) == (20, "payments")
    url = f"{stack.url}/v1/alerts/{firing['alert']}"

    def delivered() -> bool:
        told_whom = httpx.get(url).raise_for_status().json()["notifications"]
        return [(one["target"], one["state"]) for one in told_whom] == [("hook", "delivered")]

    wait_until(delivered, "the alert says that its target knows")
    said = ("--by", "ann", "--note", "looking")
    answer = stack.leeway("acknowledge", firing["alert"], *said)
    assert (answer.code, answer.err) == (0, f"{firing['alert']} is acknowledged by ann\n")
    wait_until(lambda: told("alert.acknowledged"), "and that ann takes care of it")
    (taken,) = told("alert.acknowledged")
    assert (taken["by"], taken["note"]) == ("ann", "looking")
    assert stack.leeway("acknowledge", "nobody").code == 1


def test_what_to_try_again_must_be_said(stack: Running) -> None:
    assert stack.leeway("notify", "retry").code == 2
    assert stack.leeway("notify", "retry", "x", "--all").code == 2


def test_a_silence_is_made_listed_and_ended(stack: Running) -> None:
    made = stack.leeway(
        "silence", "service=web", "severity=~ticket|info", "--for", "2h", "--note", "a [deploy]"
    )
    assert (made.code, "to end it earlier: leeway silence end" in made.err) == (0, True), made.err
    (one,) = json.loads(stack.leeway("silence", "list", "-o", "json").out)["items"]
    matchers = [(m["name"], m["op"], m["value"]) for m in one["matchers"]]
    assert matchers == [("service", "=", "web"), ("severity", "=~", "ticket|info")]
    assert "a [deploy]" in stack.leeway("silence", "list").out
    assert stack.leeway("silence", "end", one["id"]).code == 0
    assert json.loads(stack.leeway("silence", "list", "-o", "json").out)["items"] == []
    (past,) = json.loads(stack.leeway("silence", "list", "--over", "-o", "json").out)["items"]
    assert (past["id"], past["state"]) == (one["id"], "over")


def test_a_silence_is_made_in_the_name_that_is_given(stack: Running) -> None:
    made = json.loads(
        stack.leeway("silence", "add", "slo!=a=b", "--for", "1h", "--by", "ada", "-o", "json").out
    )
    assert made["created_by"] == "ada"
    assert made["matchers"] == [{"name": "slo", "op": "!=", "value": "a=b"}]
    assert stack.leeway("silence", "end", "nobody").code == 1

"""`leeway notify` against a stack that runs, with a receiver of the test."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.e2e.running import Running, local_stack
from tests.support.port import free_port
from tests.support.receiver import HttpReceiver, http_receiver

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
"""


@pytest.fixture(scope="module")
def receiver() -> Iterator[HttpReceiver]:
    with http_receiver() as found:
        yield found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, receiver: HttpReceiver) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("notifying")
    targets = folder / "targets.yaml"
    targets.write_text(TARGETS.format(url=receiver.url, nobody=free_port()))
    secrets = {"HOOK_KEY": KEY, "LEEWAY_SECRET_CHAT_URL": f"{receiver.url}/chat/t0ken"}
    with local_stack(
        folder / "data", "--definitions", str(targets), "--definitions", "examples/web", env=secrets
    ) as running:
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
    assert "gone was not reached: webhook cannot be reached" in tested.err
    listed = stack.leeway("notify", "list", "--target", "gone", "-o", "json")
    (one,) = json.loads(listed.out)["items"]
    assert (one["state"], one["event"]) == ("pending", "test")
    again = stack.leeway("notify", "retry", one["id"])
    assert (again.code, again.err) == (0, f"{one['id']} is pending\n")
    assert (
        "1 notification will be tried again"
        in stack.leeway("notify", "retry", "--target", "gone").err
    )


def test_a_target_that_does_not_exist_is_named(stack: Running) -> None:
    tested = stack.leeway("notify", "test", "nobody")
    assert tested.code == 1
    assert "there is no AlertNotificationTarget named 'nobody'" in tested.err


def test_what_to_try_again_must_be_said(stack: Running) -> None:
    assert stack.leeway("notify", "retry").code == 2
    assert stack.leeway("notify", "retry", "x", "--all").code == 2

"""`leeway up` as people use it: started, stopped, started again, and when a part of it dies."""

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.running import Running, leeway, local_stack, ndjson
from tests.support.port import free_port
from tests.support.waiting import wait_until

DEFINITION = """
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout}
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: checkout-availability}
spec:
  service: checkout
  indicator:
    metadata: {name: checkout-served}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            metricSourceRef: requests
            type: kafka
            spec: {query: "service == 'checkout' && status < 500"}
        total:
          metricSource:
            metricSourceRef: requests
            type: kafka
            spec: {query: "service == 'checkout'"}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: availability, target: 0.9}]
"""
TARGET = "  objectives: [{displayName: availability, target: 0.9}]"
NAME = "checkout-availability/availability"
MANY = 100_000
VERY_MANY = 1_000_000


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    path = tmp_path / "checkout.yaml"
    path.write_text(DEFINITION)
    return path


@pytest.fixture
def stack(tmp_path: Path, definitions: Path) -> Iterator[Running]:
    with local_stack(tmp_path / "data", "--definitions", str(definitions)) as running:
        yield running


def requests(number: int, *, failing_every: int = 10, first: int = 0) -> bytes:
    now = datetime.now(UTC).isoformat()
    return ndjson(
        [
            {
                "id": f"r{n}",
                "ts": now,
                "service": "checkout",
                "route": "/pay",
                "status": 500 if n % failing_every == 0 else 200,
                "duration_ms": 41.7,
            }
            for n in range(first, first + number)
        ]
    )


def test_stdout_says_where_to_look_and_nothing_else(stack: Running) -> None:
    assert stack.out[0] == f"web {stack.url}"
    assert stack.out[1].startswith("kafka 127.0.0.1:")
    assert stack.out[2] == f"data {stack.data}"
    (status,) = stack.get("/v1/slos")["items"]
    assert status["objectives"][0]["counted_since"] is not None
    assert stack.stop() == 0
    assert len(stack.out) == 3


def test_what_was_counted_is_still_there_after_ctrl_c_and_goes_on(
    tmp_path: Path, definitions: Path
) -> None:
    data = tmp_path / "data"
    with local_stack(data, "--definitions", str(definitions)) as first:
        assert first.leeway("send", "-", given=requests(1_000)).code == 0
        first.await_figures({NAME: (900, 1_000)})
        assert first.stop() == 0
    with local_stack(data) as second:
        second.await_figures({NAME: (900, 1_000)})
        assert second.leeway("send", "-", given=requests(500, first=1_000)).code == 0
        second.await_figures({NAME: (1_350, 1_500)})


@pytest.mark.parametrize("child", ["ingest", "evaluator", "api"])
def test_a_child_that_dies_takes_the_stack_down_with_a_message(tmp_path: Path, child: str) -> None:
    with local_stack(tmp_path / "data") as stack:
        children = stack.children()
        assert children.keys() == {"ingest", "evaluator", "api"}
        os.kill(children[child], signal.SIGKILL)
        assert stack.process.wait(30) == 1
        wait_until(lambda: f"leeway: {child} was killed by signal 9" in stack.tail(), "a message")
        assert not stack.children()


def test_no_child_survives_a_stack_that_is_killed(tmp_path: Path) -> None:
    with local_stack(tmp_path / "data") as stack:
        children = stack.children()
        stack.process.kill()
        stack.process.wait()
        wait_until(
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in children.values()),
            "the end of every child",
        )


def test_a_data_folder_in_use_is_refused(stack: Running) -> None:
    second = leeway("up", "--data", str(stack.data), "--port", str(free_port()))
    assert second.code == 1
    assert f"{stack.data} is in use by another `leeway up`" in second.err
    assert str(stack.process.pid) in second.err
    assert second.out == ""


def test_a_port_in_use_is_refused(stack: Running, tmp_path: Path) -> None:
    second = leeway("up", "--data", str(tmp_path / "other"), "--port", str(stack.port))
    assert second.code == 1
    assert f"port {stack.port} of 127.0.0.1 is in use" in second.err


def test_invalid_definitions_stop_the_start_with_every_place_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(DEFINITION.replace("target: 0.9", "target: 1.2"))
    ended = leeway(
        "up",
        "--data",
        str(tmp_path / "data"),
        "--port",
        str(free_port()),
        "--definitions",
        str(bad),
    )
    assert ended.code == 1
    line = bad.read_text().splitlines().index(TARGET.replace("0.9", "1.2")) + 1
    assert f"{bad}:{line}:" in ended.err
    assert "Traceback" not in ended.err


def test_events_go_in_by_topic_as_well(stack: Running) -> None:
    sent = stack.leeway("send", "-", "--topic", "leeway.requests.v1", given=requests(2_000))
    assert sent.code == 0, sent.err
    stack.await_figures({NAME: (1_800, 2_000)})


def test_bad_events_are_named_by_line_and_the_others_are_sent(stack: Running) -> None:
    good = requests(3)
    lines = good.splitlines(keepends=True)
    lines.insert(1, b"junk\n")
    lines.insert(2, b'{"status":200}\n')
    lines.insert(3, b'{"service":"checkout","pad":"' + b"x" * (1 << 20) + b'"}\n')
    sent = stack.leeway("send", "-", given=b"".join(lines))
    assert sent.code == 1
    assert [line.split()[0] for line in sent.err.splitlines()[:3]] == ["-:2", "-:3", "-:4"]
    assert "sent 3 events, 3 refused" in sent.err
    stack.await_figures({NAME: (2, 3)})


def test_a_hundred_thousand_events_arrive_complete(stack: Running) -> None:
    assert stack.leeway("send", "-", given=requests(MANY), within=240).code == 0
    stack.await_figures({NAME: (MANY * 9 // 10, MANY)}, within=60)


@pytest.mark.soak
@pytest.mark.parametrize("way", [(), ("--topic", "leeway.requests.v1")])
def test_a_million_events_arrive_complete(stack: Running, way: tuple[str, ...]) -> None:
    assert stack.leeway("send", "-", *way, given=requests(VERY_MANY), within=600).code == 0
    stack.await_figures({NAME: (VERY_MANY * 9 // 10, VERY_MANY)}, within=120)


def test_status_and_get_speak_in_pipes(stack: Running) -> None:
    stack.leeway("send", "-", given=requests(100))
    stack.await_figures({NAME: (90, 100)})
    table = stack.leeway("status").out
    assert "\x1b" not in table
    assert table.splitlines()[1].split()[:2] == NAME.split("/")
    one = json.loads(stack.leeway("status", "checkout-availability", "-o", "json").out)
    assert one["objectives"][0]["total"] == 100
    listed = json.loads(stack.leeway("get", "slos", "-o", "json").out)
    assert [status["slo"] for status in listed["items"]] == ["checkout-availability"]
    assert "slo: checkout-availability" in stack.leeway("get", "slos", "-o", "yaml").out


def test_fail_on_answers_with_the_exit_code(stack: Running) -> None:
    assert stack.leeway("status", "--fail-on", "breached").code == 0
    stack.leeway("send", "-", given=requests(100, failing_every=2))
    stack.await_figures({NAME: (50, 100)})
    assert stack.leeway("status", "--fail-on", "breached").code == 1


def test_a_name_that_does_not_exist_is_said_without_a_traceback(stack: Running) -> None:
    ended = stack.leeway("status", "nope")
    assert ended.code == 1
    assert "nope" in ended.err
    assert "Traceback" not in ended.err


def test_applying_again_changes_nothing_and_a_dry_run_never_does(
    stack: Running, definitions: Path
) -> None:
    again = stack.leeway("apply", str(definitions), "-o", "json")
    answer = json.loads(again.out)
    assert (answer["created"], answer["changed"]) == ([], [])
    definitions.write_text(DEFINITION.replace("target: 0.9", "target: 0.8"))
    dry = stack.leeway("apply", str(definitions), "--dry-run")
    assert "SLO/checkout-availability changed (dry run)" in dry.out
    assert stack.get("/v1/definitions")["revision"] == answer["revision"]

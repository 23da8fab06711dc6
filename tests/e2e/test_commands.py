"""The commands against a stack that runs: one for all tests, each with a service of its own."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.promise import Promise, promise, requests
from tests.e2e.running import Running, leeway, local_stack
from tests.support.port import free_port

MANY = 100_000
VERY_MANY = 1_000_000

Promised = Callable[[str], Promise]


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, shared_database: tuple[str, ...]
) -> Iterator[Running]:
    with local_stack(tmp_path_factory.mktemp("stack") / "data", *shared_database) as running:
        yield running


@pytest.fixture
def promised(stack: Running, tmp_path: Path) -> Promised:
    """Applies a promise about a service."""

    def apply(service: str) -> Promise:
        made = promise(tmp_path, service)
        applied = stack.leeway("apply", str(made.file))
        assert applied.code == 0, applied.err
        assert f"SLO/{service}-availability created" in applied.out
        assert "events are counted by revision" in applied.err
        return made

    return apply


def test_events_go_in_by_topic_as_well(stack: Running, promised: Promised) -> None:
    made = promised("by-topic")
    events = requests("by-topic", 2_000)
    sent = stack.leeway("send", "-", "--topic", "leeway.requests.v1", given=events)
    assert sent.code == 0, sent.err
    stack.await_figures({made.name: (1_800, 2_000)})


def test_bad_events_are_named_by_line_and_the_others_are_sent(
    stack: Running, promised: Promised
) -> None:
    made = promised("partly-bad")
    lines = requests("partly-bad", 3).splitlines(keepends=True)
    lines.insert(1, b"junk\n")
    lines.insert(2, b'{"status":200}\n')
    lines.insert(3, b'{"service":"partly-bad","pad":"' + b"x" * (1 << 20) + b'"}\n')
    sent = stack.leeway("send", "-", given=b"".join(lines))
    assert sent.code == 1
    assert [line.split()[0] for line in sent.err.splitlines()[:3]] == ["-:2", "-:3", "-:4"]
    assert "sent 3 events, 3 refused" in sent.err
    stack.await_figures({made.name: (2, 3)})


def test_a_hundred_thousand_events_arrive_complete(stack: Running, promised: Promised) -> None:
    made = promised("many")
    assert stack.leeway("send", "-", given=requests("many", MANY), within=240).code == 0
    stack.await_figures({made.name: (MANY * 9 // 10, MANY)}, within=60)


@pytest.mark.soak
@pytest.mark.parametrize("way", [(), ("--topic", "leeway.requests.v1")], ids=["server", "topic"])
def test_a_million_events_arrive_complete(
    stack: Running, promised: Promised, way: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    service = "topic-million" if way else "server-million"
    made = promised(service)
    assert stack.leeway("send", "-", *way, given=requests(service, VERY_MANY), within=900).code == 0
    stack.await_figures({made.name: (VERY_MANY * 9 // 10, VERY_MANY)}, within=120)


def test_explain_knows_the_traffic_of_a_server(stack: Running, promised: Promised) -> None:
    made = promised("explained")
    assert stack.leeway("send", "-", given=requests("explained", 1_000)).code == 0
    stack.await_figures({made.name: (900, 1_000)})
    told = stack.leeway("explain", made.slo, "-o", "json")
    assert told.code == 0, told.err
    budget = json.loads(told.out)["objectives"][0]["error_budget"]
    assert budget["events"] == 1_000
    assert "of the 1,000 events in the window" in stack.leeway("explain", made.slo).out
    missing = stack.leeway("explain", "nothing")
    assert missing.code == 1
    assert "there is no SLO named 'nothing'" in missing.err


def test_status_and_get_speak_in_pipes(stack: Running, promised: Promised) -> None:
    made = promised("piped")
    stack.leeway("send", "-", given=requests("piped", 100))
    stack.await_figures({made.name: (90, 100)})
    table = stack.leeway("status", made.slo).out
    assert "\x1b" not in table
    assert table.splitlines()[1].split()[:5] == [made.slo, "availability", "at_risk", "90%", "90%"]
    one = json.loads(stack.leeway("status", made.slo, "-o", "json").out)
    assert one["objectives"][0]["total"] == 100
    listed = json.loads(stack.leeway("get", "slos", "--service", "piped", "-o", "json").out)
    assert [status["slo"] for status in listed["items"]] == [made.slo]
    assert f"slo: {made.slo}" in stack.leeway("get", "slos", "-o", "yaml").out


def test_fail_on_answers_with_the_exit_code(stack: Running, promised: Promised) -> None:
    made = promised("failing")
    assert stack.leeway("status", made.slo, "--fail-on", "breached").code == 0
    stack.leeway("send", "-", given=requests("failing", 100, failing_every=2))
    stack.await_figures({made.name: (50, 100)})
    failed = stack.leeway("status", "--fail-on", "breached")
    assert failed.code == 1
    assert made.slo in failed.err


def test_a_name_that_does_not_exist_is_said_without_a_traceback(stack: Running) -> None:
    ended = stack.leeway("status", "nope")
    assert ended.code == 1
    assert "nope" in ended.err
    assert "Traceback" not in ended.err


def test_applying_again_changes_nothing_and_a_dry_run_never_does(
    stack: Running, promised: Promised
) -> None:
    made = promised("again")
    answer = json.loads(stack.leeway("apply", str(made.file), "-o", "json").out)
    assert (answer["created"], answer["changed"]) == ([], [])
    made.file.write_text(made.file.read_text().replace("target: 0.9", "target: 0.8"))
    dry = stack.leeway("apply", str(made.file), "--dry-run")
    assert "SLO/again-availability changed (dry run)" in dry.out
    assert stack.get("/v1/definitions")["revision"] == answer["revision"]


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


def test_the_topics_of_a_running_stack_are_there(stack: Running) -> None:
    checked = stack.leeway("topics", "check", "-o", "json")
    topics = {topic["topic"]: topic for topic in json.loads(checked.out)["topics"]}
    assert topics["leeway.requests.v1"]["exists"], checked.err

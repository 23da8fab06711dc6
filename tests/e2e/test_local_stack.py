"""`leeway up` as people use it: started, stopped, started again, and when a part of it dies."""

import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.e2e.promise import TARGET, promise, requests
from tests.e2e.running import Running, leeway, local_stack
from tests.support.port import free_port
from tests.support.waiting import wait_until


def test_what_was_counted_is_still_there_after_ctrl_c_and_goes_on(
    tmp_path: Path, database: tuple[str, ...]
) -> None:
    data, made = tmp_path / "data", promise(tmp_path, "checkout")
    with local_stack(data, *database, "--definitions", str(made.file)) as first:
        assert first.out[0] == f"web {first.url}"
        assert first.out[1].startswith("kafka 127.0.0.1:")
        assert first.out[2] == f"data {first.data}"
        (status,) = first.get("/v1/slos")["items"]
        assert status["objectives"][0]["counted_since"] is not None
        assert first.leeway("send", "-", given=requests("checkout", 1_000)).code == 0
        first.await_figures({made.name: (900, 1_000)})
        _send_while_ingest_sleeps(first, requests("checkout", 5_000, first=1_000))
        assert first.process.wait(30) == 0
        assert len(first.out) == 3
    with local_stack(data, *database) as second:
        second.await_figures({made.name: (5_400, 6_000)})
        more = requests("checkout", 1_000, first=6_000)
        assert second.leeway("send", "-", given=more).code == 0
        second.await_figures({made.name: (6_300, 7_000)})


def _send_while_ingest_sleeps(stack: Running, events: bytes) -> None:
    """Let events be unread when Ctrl-C comes; ingest wakes up when it has come."""
    ingest = stack.children()["ingest"]
    os.kill(ingest, signal.SIGSTOP)
    try:
        sent = stack.leeway("send", "-", "--topic", "leeway.requests.v1", given=events)
        assert sent.code == 0
        stack.process.send_signal(signal.SIGINT)
        wait_until(lambda: "stopping" in stack.tail(), "the stack to stop")
    finally:
        os.kill(ingest, signal.SIGCONT)


@pytest.mark.parametrize(
    ("child", "empty_database_url"),
    [
        ("ingest", "sqlite"),
        ("evaluator", "postgresql"),
        ("api", "sqlite"),
    ],
    indirect=["empty_database_url"],
)
def test_a_child_that_is_killed_is_started_again_and_nothing_is_missing(
    tmp_path: Path, database: tuple[str, ...], child: str
) -> None:
    made = promise(tmp_path, "checkout")
    with local_stack(tmp_path / "data", *database, "--definitions", str(made.file)) as stack:
        sent = stack.leeway("send", "-", given=requests("checkout", 1_000))
        before = stack.children()
        os.kill(before[child], signal.SIGKILL)  # what it knows of these is not stored yet
        wait_until(lambda: stack.children().get(child) not in (None, before[child]), "another")
        message = f"{child} was killed by signal 9, so it is started again"
        wait_until(lambda: message in stack.err, "a message")
        more = requests("checkout", 1_000, first=1_000)
        to_kafka = stack.leeway("send", "-", "--topic", "leeway.requests.v1", given=more)

        assert (sent.code, to_kafka.code) == (0, 0)
        wait_until(lambda: _answers(stack), "the api to answer")
        stack.await_figures({made.name: (1_800, 2_000)})


def _answers(stack: Running) -> bool:
    try:
        return httpx.get(f"{stack.url}/readyz").is_success
    except httpx.TransportError:
        return False


def test_a_child_that_ends_takes_the_stack_down_with_a_message(tmp_path: Path) -> None:
    with local_stack(tmp_path / "data") as stack:
        os.kill(stack.children()["ingest"], signal.SIGTERM)
        assert stack.process.wait(30) == 1
        message = "leeway: ingest ended with exit code 0, so the stack stops"
        wait_until(lambda: message in stack.tail(), "a message")
        assert not stack.children()


def test_no_child_survives_a_stack_that_is_killed(
    tmp_path: Path, database: tuple[str, ...]
) -> None:
    with local_stack(tmp_path / "data", *database) as stack:
        children = stack.children()
        stack.process.kill()
        stack.process.wait()
        wait_until(
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in children.values()),
            "the end of every child",
        )


def test_invalid_definitions_stop_the_start_with_every_place_named(tmp_path: Path) -> None:
    file = promise(tmp_path, "checkout", target="1.2").file
    line = file.read_text().splitlines().index(TARGET.format(target="1.2")) + 1
    up = ("up", "--data", str(tmp_path / "data"), "--port", str(free_port()))
    ended = leeway(*up, "--definitions", str(file))
    assert ended.code == 1
    assert f"{file}:{line}:" in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_ctrl_c_while_it_starts_ends_it_as_well(tmp_path: Path, database: tuple[str, ...]) -> None:
    with local_stack(tmp_path / "data", *database, ready=False) as stack:
        wait_until(lambda: "starting evaluator" in stack.err, "the first children")
        assert stack.stop() == 0
        assert not stack.children()
        assert stack.out == []
        assert "Traceback" not in stack.tail()

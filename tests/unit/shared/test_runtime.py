"""The runtime, in a real process, because signals and exit codes are the point."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import urllib.request
from contextlib import closing
from http.client import HTTPConnection

import pytest

PROGRAM = """
import asyncio, sys
from contextlib import asynccontextmanager
from fastapi import FastAPI
from shared.runtime import run_main, run_service
from shared.settings import ServiceSettings

@asynccontextmanager
async def resource():
    print("opened", flush=True)
    try:
        yield
    finally:
        print("closed", flush=True)

async def work(stopping):
    {work}

async def main(settings):
    async with resource():
        {start}
        app = FastAPI()
        app.get("/")(lambda: "hello")
        await run_service(app, port=settings.http_port, background=[work])

run_main("sample", ServiceSettings, main)
"""


def start(work: str, *, before: str = "", **environment: str) -> "subprocess.Popen[str]":
    source = PROGRAM.format(
        work=textwrap.indent(textwrap.dedent(work), "    ").strip(), start=before
    )
    defaults = {"LEEWAY_HTTP_PORT": "0", "LEEWAY_LOG_FORMAT": "json"}
    return subprocess.Popen(
        [sys.executable, "-c", source],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **defaults, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines(process: "subprocess.Popen[str]", count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_work_finish_and_closes_everything(number: signal.Signals) -> None:
    process = start(
        """
        print("working", flush=True)
        await stopping.wait()
        await asyncio.sleep(0.2)
        print("drained", flush=True)
        """
    )
    begun = lines(process, 2)
    process.send_signal(number)
    rest, _ = process.communicate(timeout=10)

    assert [*begun, *rest.split()] == ["opened", "working", "drained", "closed"]
    assert process.returncode == 0


def test_a_signal_that_comes_before_the_service_runs_closes_what_is_open() -> None:
    process = start("await stopping.wait()", before="await asyncio.sleep(60)")
    begun = lines(process, 1)
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=10)

    assert [*begun, *rest.split()] == ["opened", "closed"]
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        ("raise LookupError('broken')", "LookupError: broken"),
        ("await asyncio.sleep(0.5)\nraise LookupError('while serving')", "LookupError: while .*"),
        ("return", "RuntimeError: .* ended before it was told to stop"),
    ],
)
def test_work_that_ends_early_ends_the_process_with_its_reason(work: str, reason: str) -> None:
    process = start(work)
    out, err = process.communicate(timeout=10)
    *before, final = err.splitlines()
    last = json.loads(final)

    assert out.split() == ["opened", "closed"]
    assert process.returncode == 1
    assert last["event"] == "ended"
    assert re.fullmatch(reason, last["reason"])
    assert last["exception"]
    assert "Traceback" not in "".join(before), "it is told once"


def test_a_request_is_answered_and_leaves_nothing_in_the_log() -> None:
    process = start("await stopping.wait()")
    assert process.stderr is not None
    port = json.loads(process.stderr.readline())["port"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
        assert answer.read() == b'"hello"'
    process.terminate()
    _, err = process.communicate(timeout=10)

    assert [json.loads(line)["event"] for line in err.splitlines()] == ["stopped"]


def test_a_head_request_is_answered_as_a_get_without_the_body() -> None:
    process = start("await stopping.wait()")
    assert process.stderr is not None
    port = json.loads(process.stderr.readline())["port"]
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        for _ in range(2):  # a body would be taken for the beginning of the second answer
            connection.request("HEAD", "/")
            answer = connection.getresponse()
            said = answer.status, answer.headers["content-length"], answer.read()
            assert said == (200, str(len('"hello"')), b"")
    process.terminate()
    process.communicate(timeout=10)


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start("await stopping.wait()", LEEWAY_HTTP_PORT=port)
        _, err = process.communicate(timeout=10)

    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in json.loads(err.splitlines()[-1])["reason"]


def test_a_misspelt_setting_is_named_before_anything_is_opened() -> None:
    process = start("return", LEEWAY_HTTP_PROT="9090")
    out, err = process.communicate(timeout=10)

    assert (process.returncode, out) == (2, "")
    assert (
        err
        == "leeway: LEEWAY_HTTP_PROT is not a setting of Leeway; did you mean LEEWAY_HTTP_PORT?\n"
    )

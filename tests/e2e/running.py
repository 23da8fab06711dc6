"""A local stack started by the real command, for tests."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx

from tests.support.port import free_port
from tests.support.waiting import wait_until

START_SECONDS = 120
STOP_SECONDS = 30
LEEWAY = (sys.executable, "-m", "leeway")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has run to its end."""

    code: int
    out: str
    err: str


def leeway(
    *arguments: str, within: float = 120, given: bytes = b"", env: Mapping[str, str] | None = None
) -> Ended:
    """Run one command of the real command line."""
    run = subprocess.run(
        [*LEEWAY, *arguments],
        input=given,
        capture_output=True,
        timeout=within,
        env=environment(env),
        cwd=ROOT,
        check=False,
    )
    return Ended(run.returncode, run.stdout.decode(), run.stderr.decode())


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return our environment without Leeway's settings, and with these."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith("LEEWAY_")}
    return kept | dict(extra or {})


def get(url: str, path: str, **query: str) -> Any:
    """Return the JSON answer of an api."""
    answer = httpx.get(f"{url}{path}", params=query, timeout=30)
    answer.raise_for_status()
    return answer.json()


def figures(url: str) -> dict[str, tuple[int, int]]:
    """Return good and total of every objective, by `slo/objective`."""
    return {
        f"{status['slo']}/{objective['name']}": (objective["good"] or 0, objective["total"] or 0)
        for status in get(url, "/v1/slos", limit="1000")["items"]
        for objective in status["objectives"]
    }


def await_figures(url: str, wanted: Mapping[str, tuple[int, int]], within: float = 30) -> None:
    """Wait until these figures are shown; fail with those that are shown instead."""
    deadline = time.monotonic() + within
    while True:
        shown = figures(url)
        chosen = {name: shown.get(name) for name in wanted}
        if chosen == wanted:
            return
        if time.monotonic() > deadline:
            assert chosen == wanted
        time.sleep(0.2)


@dataclass(slots=True)
class Running:
    """A `leeway up` that runs, and what it wrote so far."""

    process: subprocess.Popen[str]
    port: int
    data: Path
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def kafka(self) -> str:
        """The broker's address, as stdout said."""
        return next(line for line in self.out if line.startswith("kafka ")).split()[1]

    def leeway(self, *arguments: str, within: float = 120, given: bytes = b"") -> Ended:
        """Run a command against this stack."""
        env = {"LEEWAY_SERVER": self.url}
        if "--topic" in arguments or arguments[0] == "topics":
            env["LEEWAY_KAFKA_BOOTSTRAP"] = self.kafka
        return leeway(*arguments, within=within, given=given, env=env)

    def get(self, path: str, **query: str) -> Any:
        """Return the JSON answer of the api."""
        return get(self.url, path, **query)

    def figures(self) -> dict[str, tuple[int, int]]:
        """Return good and total of every objective, by `slo/objective`."""
        return figures(self.url)

    def await_figures(self, wanted: Mapping[str, tuple[int, int]], within: float = 30) -> None:
        """Wait until these figures are shown; fail with those that are shown instead."""
        await_figures(self.url, wanted, within)

    def children(self) -> dict[str, int]:
        """Return the process ids of the children, by the last part of their module."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words = (folder / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if parent == self.process.pid and "leeway.stack.guard" in words:
                module = words[words.index("leeway.stack.guard") + 1]
                found[module.rpartition(".")[2]] = int(folder.name)
        return found

    def stop(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    def tail(self) -> str:
        """Return the last that it said on stderr."""
        return "\n".join(self.err[-60:])


@contextmanager
def local_stack(
    data: Path, *options: str, env: Mapping[str, str] | None = None, ready: bool = True
) -> Iterator[Running]:
    """Run `leeway up`; with `ready` only once it has said where to look."""
    port = free_port()
    process = subprocess.Popen(
        [*LEEWAY, "up", "--data", str(data), "--port", str(port), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(env),
        start_new_session=True,
    )
    running = Running(process, port, data)
    assert process.stdout is not None
    assert process.stderr is not None
    readers = [
        threading.Thread(target=_collect, args=(process.stdout, running.out), daemon=True),
        threading.Thread(target=_collect, args=(process.stderr, running.err), daemon=True),
    ]
    for reader in readers:
        reader.start()
    try:
        if ready:
            _await_announcement(running)
        yield running
    finally:
        _end(running, readers)


def _collect(stream: IO[str], lines: list[str]) -> None:
    with stream:
        lines.extend(line.rstrip("\n") for line in stream)  # each at once: others read meanwhile


def _await_announcement(running: Running) -> None:
    def announced() -> bool:
        ended = running.process.poll()
        assert ended is None, f"leeway up ended with {ended}:\n{running.tail()}"
        return any(line.startswith("data ") for line in running.out)

    try:
        wait_until(announced, "the stack to be ready", within=START_SECONDS)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{running.tail()}") from error


def _end(running: Running, readers: Sequence[threading.Thread]) -> None:
    try:
        running.stop()
    except subprocess.TimeoutExpired:
        running.process.kill()
        running.process.wait()
        raise AssertionError(f"did not stop in {STOP_SECONDS} s:\n{running.tail()}") from None
    finally:
        for reader in readers:
            reader.join(timeout=5)

"""Children of a stack as real processes: watched, stopped, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from leeway.stack.child import Child, Relay, start_child
from leeway.stack.supervisor import Supervisor
from tests.support.waiting import eventually, wait_until

MODULE = "tests.e2e.children"
DEADLINE = 20


def noting(lines: list[str]) -> Relay:
    return lambda name, line: lines.append(f"{name}: {line}")


async def said(lines: list[str], line: str) -> None:
    async def there() -> bool:
        return line in lines

    await eventually(there, f"the line {line!r}")


@asynccontextmanager
async def supervision() -> AsyncIterator[tuple[Supervisor, list[str]]]:
    lines: list[str] = []
    supervisor = Supervisor(noting(lines))
    try:
        yield supervisor, lines
    finally:
        await supervisor.kill()


async def test_output_is_relayed_line_by_line_under_the_childs_name() -> None:
    async with supervision() as (supervisor, lines):
        await supervisor.start("one", MODULE, os.environ, ["obedient"])
        await said(lines, "one: up")
        assert await supervisor.stop("one")
        assert lines[-1] == "one: left"


async def test_a_child_that_dies_is_named_with_its_last_words() -> None:
    async with supervision() as (supervisor, _), asyncio.timeout(DEADLINE):
        await supervisor.start("well", MODULE, os.environ, ["obedient"])
        await supervisor.start("ill", MODULE, os.environ, ["dies"])
        told = str(await supervisor.fallen())
    assert "ill ended with exit code 7" in told
    assert "about to fail" in told


async def test_a_killed_child_is_started_again() -> None:
    async with supervision() as (supervisor, lines), asyncio.timeout(DEADLINE):
        await supervisor.start("one", MODULE, os.environ, ["obedient"])
        await said(lines, "one: up")
        lines.clear()
        await supervisor._children["one"].kill()
        await said(lines, "one: up")
        assert supervisor.all_run(["one"])
        assert await supervisor.stop("one")
        assert lines[-1] == "one: left"


async def test_a_child_that_is_killed_again_and_again_is_named_with_its_signal() -> None:
    async with supervision() as (supervisor, lines), asyncio.timeout(DEADLINE):
        await supervisor.start("one", MODULE, os.environ, ["killed"])
        assert "one was killed by signal 9" in str(await supervisor.fallen())
    assert lines == ["one: up"] * 6


async def test_a_child_that_was_told_to_stop_has_not_fallen() -> None:
    async with supervision() as (supervisor, lines):
        await supervisor.start("one", MODULE, os.environ, ["obedient"])
        await said(lines, "one: up")
        await supervisor.stop("one")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await supervisor.fallen()


async def test_a_child_that_will_not_stop_is_killed() -> None:
    lines: list[str] = []
    child: Child = await start_child("one", MODULE, ["stubborn"], os.environ, noting(lines))
    await said(lines, "one: up")
    assert not await child.stop(0.1)
    assert await child.ended() == -signal.SIGKILL


PARENT = f"""
import asyncio, os
from leeway.stack.child import start_child

async def main():
    def relay(_, line):
        print(child._process.pid, line, flush=True)

    child = await start_child("one", {MODULE!r}, ["stubborn"], os.environ, relay)
    await child.ended()

asyncio.run(main())
"""


def test_a_child_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout as stdout:
        pid, line = stdout.readline().split()
    assert line == "up"  # from here on it writes nothing that could fail
    parent.kill()
    parent.wait()
    wait_until(lambda: not is_running(int(pid)), "the end of the child", within=DEADLINE)


def is_running(pid: int) -> bool:
    """Tell whether a process still does anything; nobody may have fetched its exit code yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False

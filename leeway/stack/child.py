"""One child process of the local stack."""

import asyncio
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

_REMEMBERED = 20  # log lines

Relay = Callable[[str, str], None]  # name of the child, line


class Child:
    """A process that runs one module, whose output is relayed line by line and remembered."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, relay: Relay) -> None:
        self.name = name
        self._process = process
        self._lines: deque[str] = deque(maxlen=_REMEMBERED)
        self._relaying = asyncio.create_task(self._read(relay), name=f"log of {name}")

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The newest lines that it wrote."""
        return tuple(self._lines)

    async def ended(self) -> int:
        """Return its exit code once it has ended and all its output was relayed."""
        await asyncio.wait([self._relaying])
        return await self._process.wait()

    async def stop(self, within_s: float) -> bool:
        """Ask it to end, and kill it when it has not after a while; whether it ended by itself."""
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(within_s):
                await self.ended()
        except TimeoutError:
            await self.kill()
            return False
        return True

    async def kill(self) -> None:
        """End it at once."""
        self._signal(signal.SIGKILL)
        await self.ended()

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _read(self, relay: Relay) -> None:
        stream = self._process.stdout
        assert stream is not None  # asked for in `start_child`
        rest = b""
        while block := await stream.read(65_536):
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                self._take(line, relay)
        if rest:
            self._take(rest, relay)

    def _take(self, line: bytes, relay: Relay) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self._lines.append(text)
        relay(self.name, text)


async def start_child(
    name: str, module: str, arguments: Sequence[str], environment: Mapping[str, str], relay: Relay
) -> Child:
    """Start `python -m module`; it gets a session of its own, so that Ctrl-C reaches only us."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        # -P: a folder that is called `services` where the command was run is not ours.
        *("-P", "-m", "leeway.stack.guard", module, *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(environment),
        start_new_session=True,
    )
    return Child(name, process, relay)

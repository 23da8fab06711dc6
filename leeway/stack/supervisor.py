"""The children of a stack: started, watched, and stopped in the order that loses nothing."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from leeway.exit import CommandFailed
from leeway.stack.child import Child, Relay, start_child

_STOP_SECONDS = 28  # more than a service gives its own work


class Supervisor:
    """Runs the children; one that ends without being told to takes the stack down."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._children: dict[str, Child] = {}
        self._watches: list[asyncio.Task[None]] = []
        self._fallen: asyncio.Future[CommandFailed] = asyncio.get_running_loop().create_future()
        self._told: set[str] = set()

    async def start(
        self, name: str, module: str, environment: Mapping[str, str], arguments: Sequence[str] = ()
    ) -> None:
        """Start a child and watch it."""
        child = await start_child(name, module, arguments, environment, self._relay)
        self._children[name] = child
        self._watches.append(asyncio.create_task(self._watch(child), name=f"watch {name}"))

    async def fallen(self) -> CommandFailed:
        """Return what to tell a person once a child has ended that nobody told to."""
        return await asyncio.shield(self._fallen)

    def all_run(self, names: Collection[str]) -> bool:
        """Tell whether all of these were started and have not fallen."""
        return self._children.keys() >= set(names) and not self._fallen.done()

    async def stop(self, name: str) -> bool:
        """Stop one child and wait for it; whether it ended by itself in time."""
        child = self._children.get(name)
        if child is None:
            return True
        self._told.add(name)
        return await child.stop(_STOP_SECONDS)

    async def kill(self) -> None:
        """End every child at once."""
        self._told.update(self._children)
        await asyncio.gather(*(child.kill() for child in self._children.values()))
        await asyncio.gather(*self._watches)

    async def _watch(self, child: Child) -> None:
        code = await child.ended()
        if child.name not in self._told and not self._fallen.done():
            self._fallen.set_result(CommandFailed(_obituary(child, code)))


def _obituary(child: Child, code: int) -> str:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    message = f"{child.name} {how}, so the stack stops"
    if not child.last_lines:
        return f"{message}; it had logged nothing"
    return "\n  ".join((f"{message}; the last it said:", *child.last_lines))

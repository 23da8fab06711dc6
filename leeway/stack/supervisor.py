"""The children of a stack: started, watched, and stopped in the order that loses nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial

from leeway.exit import CommandFailed
from leeway.stack.child import Child, Relay, start_child
from leeway.terminal import say

_STOP_SECONDS = 28  # more than a service gives its own work
_REVIVALS = 5  # one after the other: what is killed again and again will not live
_LIFE_SECONDS = 60  # a child that lived for so long may be revived as often once more


class Supervisor:
    """Runs the children; one that ends by itself takes the stack down.

    One that is killed is started again: it goes on from what is stored and from what the broker
    holds, which would be gone with the stack.
    """

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
        bear = partial(start_child, name, module, arguments, environment, self._relay)
        self._children[name] = await bear()
        self._watches.append(asyncio.create_task(self._watch(name, bear), name=f"watch {name}"))

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

    async def _watch(self, name: str, bear: Callable[[], Awaitable[Child]]) -> None:
        """Wait until a child has ended for good; unless somebody told it to, the stack falls."""
        now, revivals = asyncio.get_running_loop().time, 0
        while True:
            child, born = self._children[name], now()
            code = await child.ended()
            if self._is_over(name):
                return
            revivals = 0 if now() - born > _LIFE_SECONDS else revivals
            if code >= 0 or revivals == _REVIVALS:
                self._fallen.set_result(CommandFailed(_obituary(child, code)))
                return
            revivals += 1
            say(f"{name} was killed by signal {-code}, so it is started again")
            self._children[name] = await bear()
            if self._is_over(name):  # since it was told to end, and before there was another
                await self._children[name].kill()

    def _is_over(self, name: str) -> bool:
        return name in self._told or self._fallen.done()


def _obituary(child: Child, code: int) -> str:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    message = f"{child.name} {how}, so the stack stops"
    if not child.last_lines:
        return f"{message}; it had logged nothing"
    return "\n  ".join((f"{message}; the last it said:", *child.last_lines))

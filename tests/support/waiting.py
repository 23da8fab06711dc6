"""Waiting for a condition, with a deadline and a name for what did not happen."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PAUSE_SECONDS = 0.05


def wait_until(holds: Callable[[], object], what: str, *, within: float = 30) -> None:
    """Return once the condition holds, or fail naming it after `within` seconds."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(PAUSE_SECONDS)


async def eventually(
    holds: Callable[[], Awaitable[object]], what: str, *, within: float = 30
) -> None:
    """Return once the awaited condition holds, or fail naming it after `within` seconds."""
    deadline = time.monotonic() + within
    while not await holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        await asyncio.sleep(PAUSE_SECONDS)

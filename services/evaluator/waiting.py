"""Waiting for something, but not for ever."""

import asyncio


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, or when so many seconds have passed."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass

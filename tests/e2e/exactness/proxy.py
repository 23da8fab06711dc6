"""The proxy that cuts connections in the middle of a COMMIT, on a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from tests.support.commit_cutter import CommitCutter, cutting_commits


@contextmanager
def cutting_beside(host: str, port: int) -> Iterator[tuple[CommitCutter, int]]:
    """Give the proxy and its port while the caller blocks its own event loop."""
    ready: SimpleQueue[tuple[CommitCutter, int, asyncio.AbstractEventLoop]] = SimpleQueue()
    ended = asyncio.Event()

    async def serve() -> None:
        async with cutting_commits(host, port) as (cutter, own_port):
            ready.put((cutter, own_port, asyncio.get_running_loop()))
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    cutter, own_port, loop = ready.get(timeout=10)
    try:
        yield cutter, own_port
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)

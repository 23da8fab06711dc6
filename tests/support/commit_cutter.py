"""A TCP proxy before PostgreSQL that cuts a connection in the middle of its COMMIT."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum

READ_BYTES = 65_536


class Cut(StrEnum):
    """When a connection is cut; the client cannot tell the two apart."""

    BEFORE_THE_SERVER_HEARS = "before the server hears"
    BEFORE_THE_CLIENT_HEARS = "before the client hears"


class CommitCutter:
    """Passes everything through, but for the next COMMIT once `next_cut` is set."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.next_cut: Cut | None = None

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Pass on what one client and the server say until one of them ends it."""
        try:
            server, to_server = await asyncio.open_connection(*self._target)
        except OSError:
            to_client.transport.abort()  # the server is away, and so are we
            return
        answers = asyncio.create_task(_pass_on(server, to_client))
        try:
            while data := await client.read(READ_BYTES):
                cut = self._take_cut() if b"COMMIT" in data else None
                if cut is Cut.BEFORE_THE_SERVER_HEARS:
                    break
                if cut is Cut.BEFORE_THE_CLIENT_HEARS:
                    await _end(answers)
                    to_server.write(data)
                    await server.read(READ_BYTES)
                    break
                to_server.write(data)
                await to_server.drain()
        except ConnectionError:
            pass
        finally:
            await _end(answers)
            to_client.transport.abort()
            to_server.transport.abort()

    def _take_cut(self) -> Cut | None:
        cut, self.next_cut = self.next_cut, None
        return cut


@asynccontextmanager
async def cutting_commits(host: str, port: int) -> AsyncIterator[tuple[CommitCutter, int]]:
    """Start a proxy before a server, and give it together with its own port."""
    cutter = CommitCutter(host, port)
    async with await asyncio.start_server(cutter.serve, "127.0.0.1", 0) as server:
        yield cutter, server.sockets[0].getsockname()[1]


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(READ_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])

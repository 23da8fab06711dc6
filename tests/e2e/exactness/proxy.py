"""A TCP proxy before PostgreSQL that cuts connections in the middle of a COMMIT, when armed."""

import asyncio
import threading


class CommitCutter:
    """Passes bytes through; after `arm(n)` the next n connections that send COMMIT are cut.

    In turn before the server sees the COMMIT (nothing is stored) and after it (everything is, but
    the client never hears of it): the client cannot tell the two apart.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._armed = 0
        self.cuts = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self.port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._started.wait(10)

    def arm(self, number: int = 1) -> None:
        """Cut the next `number` commits."""
        self._armed += number

    def close(self) -> None:
        """Stop accepting, and cut what is still connected."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._end_all())
        self._loop.close()

    async def _end_all(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        back = asyncio.ensure_future(self._copy(upstream_reader, writer))
        try:
            while data := await reader.read(65536):
                if self._armed and b"COMMIT" in data:
                    self._armed -= 1
                    self.cuts += 1
                    if self.cuts % 2:
                        back.cancel()
                        upstream_writer.write(data)
                        await upstream_writer.drain()
                    break
                upstream_writer.write(data)
                await upstream_writer.drain()
        except OSError:
            pass
        finally:
            back.cancel()
            writer.transport.abort()
            upstream_writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

"""Processes that write a flush and kill themselves at every point of it, one after the other.

`python -m tests.support.killed_flush URL`: process `n` takes shard `n`, flushes version 1, and
dies at point `n` of flushing version 2. The points are the statements in their order, the moment
before COMMIT, and the one after it. It ends when there is no such point, printing how many died.
"""

import asyncio
import os
import signal
import sys
from itertools import count
from typing import Any

from sqlalchemy import event

from shared.sql.engine import open_engine
from shared.sql.shards import SqlShards
from tests.support.flush import a_flush


class _Countdown:
    def __init__(self, point: int) -> None:
        self._left = point

    def reached(self, *_: Any) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


async def _flush(url: str, point: int) -> None:
    async with open_engine(url) as engine:
        shards = SqlShards(engine)
        epoch = (await shards.claim(point)).epoch
        await shards.flush(a_flush(epoch, shard=point, version=1))
        countdown = _Countdown(point)
        event.listen(engine.sync_engine, "before_cursor_execute", countdown.reached)
        event.listen(engine.sync_engine, "commit", countdown.reached)
        commit = engine.dialect.do_commit

        def commit_and_count(connection: Any) -> None:
            commit(connection)
            countdown.reached()

        engine.dialect.do_commit = commit_and_count  # type: ignore[assignment, method-assign]
        await shards.flush(a_flush(epoch, shard=point, version=2))


def _dies(url: str, point: int) -> bool:
    process = os.fork()
    if process == 0:
        asyncio.run(_flush(url, point))
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if code not in (0, -signal.SIGKILL):
        raise SystemExit(f"at point {point} the process ended with {code}")
    return code != 0


if __name__ == "__main__":
    print(next(point for point in count() if not _dies(sys.argv[1], point)))  # noqa: T201 - its answer

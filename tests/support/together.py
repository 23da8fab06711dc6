"""Several processes that do the same to one database at once.

`python -m tests.support.together JOB URL PROCESSES`; exits 1 when any of them failed.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

from shared.sql.definitions import Change, SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.sql.shard_rows import StatusRow
from shared.sql.shards import SqlShards
from tests.support.flush import a_flush

ROUNDS = 20


async def _upgrade(url: str, _: int) -> None:
    await upgrade(url)


async def _write(url: str, number: int) -> None:
    """Do everything that services do, on a shard of one's own and on the definitions of all."""
    async with open_engine(url) as engine:
        shards, definitions = SqlShards(engine), SqlDefinitions(engine)
        epoch = (await shards.claim(number)).epoch
        for version in range(1, ROUNDS + 1):
            name = f"n-{number}-{version}"
            await asyncio.gather(
                shards.flush(a_flush(epoch, shard=number, version=version)),
                shards.put_statuses([StatusRow(number, epoch, str(version).encode())]),
                shards.statuses({}),
                definitions.apply(Change([{"kind": "SLO", "metadata": {"name": name}}])),
                definitions.load(),
            )


JOBS: dict[str, Callable[[str, int], Awaitable[None]]] = {"upgrade": _upgrade, "write": _write}


def _run(job: str, url: str, processes: int) -> bool:
    children = []
    for number in range(processes):
        child = os.fork()
        if child == 0:
            asyncio.run(JOBS[job](url, number))  # type: ignore[arg-type]
            os._exit(0)
        children.append(child)
    codes = [os.waitpid(child, 0)[1] for child in children]
    return not any(codes)


if __name__ == "__main__":
    raise SystemExit(0 if _run(sys.argv[1], sys.argv[2], int(sys.argv[3])) else 1)

import subprocess
import sys

from shared.sql.definitions import SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import require_current
from shared.sql.shards import SqlShards
from tests.support.flush import everything, held_after
from tests.support.together import ROUNDS

PROCESSES = 4


def together(job: str, url: str) -> None:
    """Let several processes do the same at once; fail when one of them does."""
    command = [sys.executable, "-m", "tests.support.together", job, url, str(PROCESSES)]
    subprocess.run(command, check=True, timeout=120)


def test_processes_that_upgrade_at_once_do_not_get_in_each_others_way(
    empty_database_url: str,
) -> None:
    together("upgrade", empty_database_url)


async def test_processes_that_write_at_once_wait_for_each_other_and_lose_nothing(
    database_url: str,
) -> None:
    together("write", database_url)
    async with open_engine(database_url) as engine:
        await require_current(engine)
        shards = SqlShards(engine)
        statuses = await shards.statuses({})
        assert [s.data for s in statuses] == [str(ROUNDS).encode()] * PROCESSES
        expected = await held_after(ROUNDS)
        assert [await everything(shards, n) for n in range(PROCESSES)] == [expected] * PROCESSES
        stored = await SqlDefinitions(engine).load()
        assert stored.revision == len(stored.bodies) == PROCESSES * ROUNDS

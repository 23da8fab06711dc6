import subprocess
import sys

from shared.sql.engine import open_engine
from shared.sql.shards import SqlShards
from tests.support.flush import everything, held_after


def kill_at_every_point(url: str) -> int:
    """Return at how many points of its flush a process was killed."""
    command = [sys.executable, "-m", "tests.support.killed_flush", url]
    return int(subprocess.run(command, check=True, timeout=120, stdout=subprocess.PIPE).stdout)


async def test_a_process_killed_anywhere_in_a_flush_leaves_all_of_it_or_nothing(
    database_url: str,
) -> None:
    killed = kill_at_every_point(database_url)
    async with open_engine(database_url) as engine:
        found = [await everything(SqlShards(engine), point) for point in range(killed + 1)]
    before, afterwards = await held_after(1), await held_after(2)
    assert killed >= 11  # the fence, names, segments, thinning, alerts; before and after COMMIT
    assert found == [before] * (killed - 1) + [afterwards] * 2

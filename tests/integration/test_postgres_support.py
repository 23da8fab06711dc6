"""The tests' own PostgreSQL does what the tests of the stores rely upon."""

import asyncpg
import pytest

from tests.support.postgres import Postgres
from tests.support.waiting import eventually


def plain(url: str) -> str:
    return url.replace("+asyncpg", "")


async def test_what_was_committed_is_there_after_a_kill(
    postgres: Postgres, postgres_url: str
) -> None:
    connection = await asyncpg.connect(plain(postgres_url))
    await connection.execute("CREATE TABLE t (n int)")
    await connection.execute("INSERT INTO t VALUES (7)")

    postgres.kill()
    postgres.start()

    connection.terminate()
    again = await asyncpg.connect(plain(postgres_url))
    assert await again.fetchval("SELECT n FROM t") == 7
    await again.close()


async def test_connections_to_a_database_can_be_cut(postgres: Postgres, postgres_url: str) -> None:
    connection = await asyncpg.connect(plain(postgres_url))

    assert await postgres.terminate_connections(postgres_url) == 1

    async def is_cut() -> bool:
        return bool(connection.is_closed())

    await eventually(is_cut, "the client notices")
    with pytest.raises(asyncpg.InterfaceError):
        await connection.execute("SELECT 1")

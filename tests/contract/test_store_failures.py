import asyncio
import threading
import traceback
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from shared.domain.errors import Fenced, InvalidDatabaseURL, StoreUnavailable
from shared.sql.definitions import SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.shards import SqlShards
from shared.sql.transaction import reading, writing
from tests.support.flush import Held, a_flush, everything, held_after
from tests.support.port import free_port
from tests.support.waiting import eventually, wait_until


def in_use(engine: AsyncEngine) -> int:
    pool = engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


@pytest.mark.parametrize("statement", ["SELECT * FROM missing", "SELEKT", "SELECT nothing"])
async def test_mistakes_of_our_own_stay_loud(engine: AsyncEngine, statement: str) -> None:
    for transaction in (reading, writing):
        with pytest.raises(DBAPIError):
            async with transaction(engine) as connection:
                await connection.execute(text(statement))
    assert in_use(engine) == 0


async def test_any_error_that_costs_the_connection_makes_the_store_unavailable(
    engine: AsyncEngine,
) -> None:
    def lose(context: ExceptionContext) -> None:
        context.is_disconnect = True

    event.listen(engine.sync_engine, "handle_error", lose)
    for transaction in (reading, writing):
        with pytest.raises(StoreUnavailable):
            async with transaction(engine) as connection:
                await connection.execute(text("SELECT * FROM missing"))
    assert in_use(engine) == 0


async def test_a_flush_that_is_cancelled_anywhere_is_made_wholly_or_not_at_all_and_leaks_nothing(
    engine: AsyncEngine,
) -> None:
    shards = SqlShards(engine)
    found: list[Held] = []
    shard = 0
    while not found or found[-1] != await held_after(2):
        epoch = (await shards.claim(shard)).epoch
        await shards.flush(a_flush(epoch, shard=shard, version=1))
        await flush_cancelled_before(engine, a_flush(epoch, shard=shard, version=2), shard)
        assert in_use(engine) == 0
        found.append(await everything(shards, shard))
        shard += 1
    assert len(found) >= 6
    assert set(found[:-1]) == {await held_after(1)}


async def flush_cancelled_before(engine: AsyncEngine, flush: Any, statement: int) -> None:
    """Write a flush in a task that is cancelled when it comes to this statement."""
    left = statement

    def cancel(*_: Any) -> None:
        nonlocal left
        if left == 0:
            task.cancel()
        left -= 1

    task = asyncio.create_task(SqlShards(engine).flush(flush))
    event.listen(engine.sync_engine, "before_cursor_execute", cancel)
    await asyncio.wait([task])
    event.remove(engine.sync_engine, "before_cursor_execute", cancel)


async def test_a_flush_that_is_cancelled_at_any_turn_of_the_loop_leaks_nothing(
    engine: AsyncEngine,
) -> None:
    shards = SqlShards(engine)
    for turns in range(30):
        epoch = (await shards.claim(turns)).epoch
        await shards.flush(a_flush(epoch, shard=turns, version=1))
        flush = asyncio.create_task(shards.flush(a_flush(epoch, shard=turns, version=2)))
        for _ in range(turns * turns):
            await asyncio.sleep(0)
        flush.cancel()
        await asyncio.wait([flush])
        assert in_use(engine) == 0
        assert await everything(shards, turns) in (await held_after(1), await held_after(2))


async def test_a_fenced_flush_leaks_nothing(engine: AsyncEngine) -> None:
    shards = SqlShards(engine)
    epoch = (await shards.claim(0)).epoch
    await shards.claim(0)
    for _ in range(20):  # more than the pool has connections
        with pytest.raises(Fenced):
            await shards.flush(a_flush(epoch))
    assert in_use(engine) == 0
    await shards.claim(0)


async def test_closing_the_engine_leaves_no_connection_and_no_thread(
    database_url: str, engine: AsyncEngine
) -> None:
    threads = set(threading.enumerate())
    async with open_engine(database_url) as other:
        await asyncio.gather(*(SqlShards(other).claim(i) for i in range(8)))
    wait_until(lambda: set(threading.enumerate()) <= threads, "the threads have ended")
    if engine.dialect.name == "postgresql":
        query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")

        async def alone() -> bool:
            async with reading(engine) as connection:
                return bool(await connection.scalar(query) == 1)

        await eventually(alone, "no other connection is open")


async def test_a_lock_that_is_not_to_be_had_in_time_makes_the_store_unavailable(
    database_url: str, engine: AsyncEngine
) -> None:
    shards = SqlShards(engine)
    await shards.claim(0)
    async with open_engine(database_url, lock_timeout_ms=100) as impatient:
        async with writing(engine) as holder:
            await holder.execute(text("UPDATE shard SET next_offset = 1"))
            with pytest.raises(StoreUnavailable):
                await SqlShards(impatient).claim(0)
            assert await SqlShards(impatient).known() == [0]  # readers do not wait
        await SqlShards(impatient).claim(0)


async def test_readers_see_one_revision_while_another_is_written(engine: AsyncEngine) -> None:
    async with reading(engine) as reader:
        revision = text("SELECT revision FROM definition_revision")
        before = await reader.scalar(revision)
        async with writing(engine) as writer:
            await writer.execute(text("UPDATE definition_revision SET revision = 9"))
        assert await reader.scalar(revision) == before
    assert await SqlDefinitions(engine).revision() == 9


async def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    port = free_port()
    url = f"postgresql+asyncpg://ann:s3cret@127.0.0.1:{port}/leeway?sslmode=disable"
    async with open_engine(url) as engine:
        with pytest.raises(StoreUnavailable, match=f"127.0.0.1:{port}/leeway") as caught:
            await SqlShards(engine).known()
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.usefixtures("ended_threads")
async def test_a_folder_that_is_not_there_makes_the_store_unavailable() -> None:
    async with open_engine("sqlite+aiosqlite:////nowhere/at/all.db") as engine:
        with pytest.raises(StoreUnavailable, match=r"/nowhere/at/all\.db"):
            await SqlShards(engine).known()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3cret",
        "postgresql://ann:s3cret@localhost/leeway",
        "mysql://ann:s3cret@localhost/leeway",
        "postgresql+asyncpg://ann:s3cret@localhost:port/leeway",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
        "postgresql+asyncpg://localhost/leeway?password=s3cret",
    ],
)
async def test_a_url_that_cannot_be_used_is_refused_without_the_password(url: str) -> None:
    with pytest.raises(InvalidDatabaseURL) as caught:
        async with open_engine(url):
            pass
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))

import asyncio
import os
import signal
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.domain.errors import StoreUnavailable
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.sql.shards import SqlShards
from shared.sql.transaction import writing
from tests.support.commit_cutter import CommitCutter, Cut, cutting_commits
from tests.support.flush import a_flush, everything, held_after
from tests.support.postgres import Postgres
from tests.support.waiting import eventually

LOCK_TIMEOUT_MS = 500
SLOW_COMMIT = (
    "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER slow_commit AFTER UPDATE ON shard_names"
    " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()",
)


@pytest.fixture
async def url(postgres_url: str) -> str:
    """The URL of a PostgreSQL database with Leeway's tables."""
    await upgrade(postgres_url)
    return postgres_url


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    async with open_engine(url, lock_timeout_ms=LOCK_TIMEOUT_MS) as engine:
        yield engine


@pytest.fixture
async def cutter(postgres: Postgres, url: str) -> AsyncIterator[tuple[CommitCutter, SqlShards]]:
    """A store whose commits can be cut, and the one who cuts them."""
    async with cutting_commits(postgres.host, postgres.port) as (cutter, port):
        address = make_url(url).set(host="127.0.0.1", port=port)
        async with open_engine(address.render_as_string(hide_password=False)) as engine:
            yield cutter, SqlShards(engine)


@pytest.mark.parametrize("cut", list(Cut))
async def test_a_flush_cut_off_in_its_commit_can_be_repeated(
    cutter: tuple[CommitCutter, SqlShards], cut: Cut
) -> None:
    armed, shards = cutter
    epoch = (await shards.claim(0)).epoch
    await shards.flush(a_flush(epoch, version=1))
    armed.next_cut = cut
    with pytest.raises(StoreUnavailable):
        await shards.flush(a_flush(epoch, version=2))
    stored = await shards.closed(0)
    assert stored == ((600, 7200) if cut is Cut.BEFORE_THE_CLIENT_HEARS else (300, 3600))
    await shards.flush(a_flush(epoch, version=2))
    assert await everything(shards) == await held_after(2)


async def test_fifty_commits_cut_off_in_turn_lose_nothing_and_double_nothing(
    cutter: tuple[CommitCutter, SqlShards],
) -> None:
    armed, shards = cutter
    epoch = (await shards.claim(0)).epoch
    cuts = [cut for _ in range(25) for cut in Cut]
    for version, cut in enumerate(cuts, start=1):
        armed.next_cut = cut
        with pytest.raises(StoreUnavailable):
            await shards.flush(a_flush(epoch, version=version))
        await shards.flush(a_flush(epoch, version=version))
    assert await everything(shards) == await held_after(50)


async def test_a_flush_whose_backend_is_terminated_in_its_commit_can_be_repeated(
    postgres: Postgres, url: str, engine: AsyncEngine
) -> None:
    shards = SqlShards(engine)
    epoch = (await shards.claim(0)).epoch
    await shards.flush(a_flush(epoch, version=1))
    await run(engine, *SLOW_COMMIT)
    flush = asyncio.create_task(shards.flush(a_flush(epoch, version=2)))
    await eventually(lambda: is_committing(postgres, url), "the flush is in its COMMIT")
    await postgres.terminate_connections(url)
    with pytest.raises(StoreUnavailable):
        await flush
    await run(engine, "DROP TRIGGER slow_commit ON shard_names")
    await shards.flush(a_flush(epoch, version=2))
    assert await everything(shards) == await held_after(2)


async def test_connections_that_were_cut_while_idle_are_replaced_unnoticed(
    postgres: Postgres, url: str, engine: AsyncEngine
) -> None:
    shards = SqlShards(engine)
    epoch = (await shards.claim(0)).epoch
    for version in (1, 2):
        assert await postgres.terminate_connections(url) >= 1
        await shards.flush(a_flush(epoch, version=version))
    assert await everything(shards) == await held_after(2)


async def test_a_server_killed_with_its_connections_is_used_again_when_it_is_back(
    postgres: Postgres, engine: AsyncEngine
) -> None:
    if postgres.control is None:
        pytest.skip("the server is not ours to kill")
    shards = SqlShards(engine)
    epoch = (await shards.claim(0)).epoch
    await shards.flush(a_flush(epoch, version=1))
    postgres.kill()
    try:
        with pytest.raises(StoreUnavailable):
            await shards.flush(a_flush(epoch, version=2))
    finally:
        postgres.start()
    await shards.flush(a_flush(epoch, version=2))
    assert await everything(shards) == await held_after(2)


async def test_a_server_that_stops_answering_is_given_up_and_used_again_later(
    postgres: Postgres, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if postgres.control is None:
        pytest.skip("the server is not ours to stop")
    monkeypatch.setattr("shared.sql.engine.ANSWER_SECONDS", 0.5)
    async with open_engine(url) as engine:
        shards = SqlShards(engine)
        epoch = (await shards.claim(0)).epoch
        async with engine.connect() as connection:
            backend = int((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())
        os.kill(backend, signal.SIGSTOP)
        try:
            with pytest.raises(StoreUnavailable, match="TimeoutError"):
                await shards.flush(a_flush(epoch))
            await shards.flush(a_flush(epoch))
        finally:
            os.kill(backend, signal.SIGCONT)
        assert await everything(shards) == await held_after(1)


async def test_an_owner_that_stops_inside_its_flush_does_not_keep_its_successor_waiting(
    url: str, engine: AsyncEngine
) -> None:
    shards = SqlShards(engine)
    epoch = (await shards.claim(0)).epoch
    with pytest.raises(StoreUnavailable):
        await stop_inside_a_flush(url, until=lambda: claimed(shards))
    claim = await shards.claim(0)
    assert (claim.epoch, claim.next_offset) == (epoch + 2, 0)


@pytest.mark.parametrize(
    "setting", ["lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout"]
)
async def test_no_session_waits_for_ever(engine: AsyncEngine, setting: str) -> None:
    async with engine.connect() as connection:
        assert await connection.scalar(text(f"SHOW {setting}")) != "0"


async def test_an_answer_that_takes_too_long_is_given_up(engine: AsyncEngine) -> None:
    with pytest.raises(StoreUnavailable, match="statement timeout"):
        await run(engine, "SET LOCAL statement_timeout = 50", "SELECT pg_sleep(60)")


async def test_a_database_that_is_missing_is_named_without_the_password(url: str) -> None:
    missing = make_url(url).set(database="nowhere", password="s3cret")
    async with open_engine(missing.render_as_string(hide_password=False)) as engine:
        with pytest.raises(StoreUnavailable, match="nowhere") as caught:
            await SqlShards(engine).known()
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


async def run(engine: AsyncEngine, *statements: str) -> None:
    async with writing(engine) as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def stop_inside_a_flush(url: str, *, until: Callable[[], Awaitable[bool]]) -> None:
    """Do the first statement of a flush, nothing until something is true, and then the rest."""
    async with (
        open_engine(url, lock_timeout_ms=LOCK_TIMEOUT_MS) as engine,
        writing(engine) as connection,
    ):
        await connection.execute(text("UPDATE shard SET next_offset = 7"))
        await eventually(until, "the successor has the shard", within=10)
        await connection.execute(text("SELECT 1"))


async def is_committing(postgres: Postgres, url: str) -> bool:
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = $1 AND state = 'active' AND query LIKE 'COMMIT%'"
    )
    return bool(await postgres.execute(query, url.rpartition("/")[2]))


async def claimed(shards: SqlShards) -> bool:
    try:
        await shards.claim(0)
    except StoreUnavailable:
        return False
    return True

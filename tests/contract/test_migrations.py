from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.domain.errors import SchemaMismatch, StoreUnavailable
from shared.sql.definitions import SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import require_current, upgrade
from shared.sql.schema.tables import metadata
from shared.sql.transaction import writing


async def test_an_empty_database_says_which_command_to_run(empty_database_url: str) -> None:
    async with open_engine(empty_database_url) as engine:
        with pytest.raises(SchemaMismatch, match="no tables yet: run `leeway db upgrade`"):
            await require_current(engine)


async def test_a_database_that_was_upgraded_is_current(engine: AsyncEngine) -> None:
    await require_current(engine)


async def test_a_database_of_a_newer_release_is_not_touched(
    database_url: str, engine: AsyncEngine
) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match="newer release"):
        await require_current(engine)
    with pytest.raises(SchemaMismatch, match="newer release"):
        await upgrade(database_url)


async def test_the_migrations_make_the_tables_that_the_code_expects(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_upgrading_again_keeps_what_is_there(database_url: str, engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("UPDATE definition_revision SET revision = 5"))
    await upgrade(database_url)
    assert await SqlDefinitions(engine).revision() == 5


async def test_an_upgrade_that_fails_leaves_nothing_behind(empty_database_url: str) -> None:
    async with open_engine(empty_database_url) as engine:
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE status (mine INTEGER)"))
        with pytest.raises(DBAPIError, match="status"):
            await upgrade(empty_database_url)
        with pytest.raises(SchemaMismatch, match="no tables yet"):
            await require_current(engine)
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE shard (mine INTEGER)"))


@pytest.mark.usefixtures("ended_threads")
async def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        await upgrade(f"sqlite+aiosqlite:///{tmp_path}/missing/leeway.db")

"""Brings a database to the tables of this release, and checks that it has them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.domain.errors import SchemaMismatch
from shared.sql.engine import open_engine
from shared.sql.transaction import reading, writing
from shared.sql.url import describe

_LOCK = 0x1EE_0A1  # the advisory lock under which migrations run; any number of our own
_WAIT_MS = 300_000  # for another migration to finish


async def upgrade(url: str) -> None:
    """Run every migration that the database lacks, in one transaction.

    Of several that start at once, one does the work and the others find it done. Raises
    SchemaMismatch when a newer release was here already.
    """
    async with open_engine(url, lock_timeout_ms=_WAIT_MS) as engine, writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _refuse_newer(engine, await connection.run_sync(_current))
        await connection.run_sync(_upgrade)


async def require_current(engine: AsyncEngine) -> None:
    """Raise SchemaMismatch, which says what to do, unless the tables are those of this release."""
    async with reading(engine) as connection:
        found = await connection.run_sync(_current)
    _refuse_newer(engine, found)
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    if found != wanted:
        state = "no tables yet" if found is None else f"the tables of version {found}"
        raise SchemaMismatch(
            f"the database at {describe(engine.url)} has {state}: run `leeway db upgrade` first"
        )


def _refuse_newer(engine: AsyncEngine, found: str | None) -> None:
    script = ScriptDirectory.from_config(_config())
    if found is not None and found not in {step.revision for step in script.walk_revisions()}:
        raise SchemaMismatch(
            f"the database at {describe(engine.url)} was upgraded by a newer release "
            f"(to version {found}): install that release"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%")
    )
    return config


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()

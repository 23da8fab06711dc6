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

    Of several that start at once, one does the work and the others find it done.
    """
    async with open_engine(url, lock_timeout_ms=_WAIT_MS) as engine, writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(_upgrade)


async def require_current(engine: AsyncEngine) -> None:
    """Raise SchemaMismatch, which says what to do, unless the tables are those of this release."""
    async with reading(engine) as connection:
        found = await connection.run_sync(_current)
    script = ScriptDirectory.from_config(_config())
    if found == script.get_current_head():
        return
    where = f"the database at {describe(engine.url)}"
    if found is not None and found not in {step.revision for step in script.walk_revisions()}:
        raise SchemaMismatch(
            f"{where} was upgraded by a newer release (to {found}): install that release"
        )
    state = "has no tables yet" if found is None else f"is at version {found}"
    raise SchemaMismatch(f"{where} {state}: run `leeway db upgrade` first")


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

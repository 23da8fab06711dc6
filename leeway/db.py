"""`leeway db`: the database's tables."""

import asyncio

import typer

from leeway.terminal import say
from shared.settings import DatabaseSettings, read_settings

db = typer.Typer(name="db", no_args_is_help=True, help="Look after the database.")


@db.callback()
def _commands() -> None:
    """Look after the database."""


@db.command()
def upgrade() -> None:
    """Bring the tables of LEEWAY_DATABASE_URL to this release; does nothing when they are.

    For example:

      LEEWAY_DATABASE_URL=postgresql+asyncpg://leeway@db/leeway leeway db upgrade
    """
    # Imported here: the SQL library would double the time in which all other commands start.
    from shared.sql.migrate import upgrade as migrate

    asyncio.run(migrate(read_settings(DatabaseSettings).database_url))
    say("the database is up to date")

"""INSERT ... ON CONFLICT, which SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

from functools import lru_cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = postgresql.Insert | sqlite.Insert


def insert_into(connection: AsyncConnection, table: Table) -> Insert:
    """Return an INSERT that can say what to do about a row that exists."""
    return _insert_into(connection.dialect.name, table)


def upsert(connection: AsyncConnection, table: Table, *, keep: tuple[str, ...] = ()) -> Insert:
    """Return an INSERT that overwrites a row with the same primary key, but for `keep`."""
    return _upsert(connection.dialect.name, table, keep)


def _insert_into(dialect: str, table: Table) -> Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@lru_cache
def _upsert(dialect: str, table: Table, keep: tuple[str, ...]) -> Insert:
    """Return the statement, formed once: that takes longer than to run it."""
    statement = _insert_into(dialect, table)
    changed = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key and column.name not in keep
    }
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_=changed
    )

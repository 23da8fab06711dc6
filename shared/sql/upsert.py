"""INSERT ... ON CONFLICT, which SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

from collections.abc import Collection

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_into(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that can say what to do about a row that exists."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def upsert(
    connection: AsyncConnection, table: Table, *, keep: Collection[str] = ()
) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that overwrites a row with the same primary key, but for `keep`."""
    statement = insert_into(connection, table)
    changed = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if not column.primary_key and column.name not in keep
    }
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_=changed
    )

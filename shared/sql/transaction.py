"""One transaction, and what it means when the database does not do it."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.domain.errors import StoreUnavailable
from shared.sql.engine import WRITING
from shared.sql.url import describe

_POSTGRESQL = (  # classes and codes (PostgreSQL, appendix A) for which trying again may help
    "08",  # connection exceptions
    "25006",  # read-only: a standby that is about to become the primary
    "25P03",  # idle in transaction for too long
    "28",  # authentication
    "3D000",  # the database does not exist yet
    "40",  # serialization failure, deadlock
    "53",  # insufficient resources
    "55P03",  # a lock was not to be had in time
    "57",  # operator intervention: shutdown, restart, cancelled by a time-out
    "58",  # system errors
)
_SQLITE = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
)


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a transaction that writes; it commits unless the block raises.

    Raises StoreUnavailable when the database cannot be reached or did not answer: also to the
    COMMIT, in which case the work may have been done.
    """
    with _unavailable(engine):
        async with engine.execution_options(**{WRITING: True}).begin() as connection:
            yield connection


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a transaction that sees one state of the database throughout."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
    with _unavailable(engine):
        async with engine.begin() as connection:
            yield connection


@contextmanager
def _unavailable(engine: AsyncEngine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if not _may_pass(error):
            raise
        raise StoreUnavailable(_message(engine, error.orig or error)) from error
    except (PoolTimeout, OSError) as error:  # TimeoutError is an OSError
        raise StoreUnavailable(_message(engine, error)) from error


def _message(engine: AsyncEngine, error: BaseException) -> str:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"the database at {describe(engine.url)} does not answer: {reason}"


def _may_pass(error: DBAPIError) -> bool:
    """Tell a database in trouble from a mistake of ours, which must stay loud."""
    if error.connection_invalidated:
        return True
    cause = error.orig
    if isinstance(cause, sqlite3.OperationalError):
        code = getattr(cause, "sqlite_errorcode", None)  # None: the connection is gone
        return code is None or code & 0xFF in _SQLITE
    if isinstance(error, InterfaceError):  # asyncpg: closed, or an argument of a wrong type
        return not isinstance(cause and cause.__cause__, ValueError)
    return (getattr(cause, "sqlstate", None) or "").startswith(_POSTGRESQL)

"""The connection pool: how Leeway talks to SQLite and to PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from shared.sql.url import is_sqlite, parse_url

WRITING = "leeway_writing"  # execution option: this transaction is going to write
CONNECT_SECONDS = 10.0
STATEMENT_SECONDS = 20
ANSWER_SECONDS = 30.0  # then the server has vanished without a word


@asynccontextmanager
async def open_engine(url: str, *, lock_timeout_ms: int = 5000) -> AsyncIterator[AsyncEngine]:
    """Open a connection pool, and dispose of it on exit; connects when first used.

    Raises InvalidDatabaseURL, which never repeats the password.
    """
    parsed = parse_url(url)
    engine = (_sqlite if is_sqlite(parsed) else _postgresql)(parsed, lock_timeout_ms)
    try:
        yield engine
    finally:
        await engine.dispose()


def _postgresql(url: URL, lock_timeout_ms: int) -> AsyncEngine:
    """Return a pool whose sessions cannot hold a lock for long, even when their owner stopped."""
    settings = {
        "application_name": "leeway",
        "lock_timeout": str(lock_timeout_ms),
        "idle_in_transaction_session_timeout": str(lock_timeout_ms),
        "statement_timeout": str(STATEMENT_SECONDS * 1000),
    }
    return create_async_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=CONNECT_SECONDS,
        hide_parameters=True,
        connect_args={
            "server_settings": settings,
            "timeout": CONNECT_SECONDS,
            "command_timeout": ANSWER_SECONDS,
        },
    )


def _sqlite(url: URL, lock_timeout_ms: int) -> AsyncEngine:
    """Return a pool on one file in WAL mode: readers never wait, writers wait for their turn.

    The driver begins no transactions by itself (SQLAlchemy, "Serializable isolation / Savepoints /
    Transactional DDL"): a writer takes the lock at once by BEGIN IMMEDIATE, because a reader that
    becomes a writer fails without waiting when another one was faster.
    """
    engine = create_async_engine(
        url,
        pool_timeout=CONNECT_SECONDS,
        hide_parameters=True,
        connect_args={"timeout": lock_timeout_ms / 1000},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "journal_size_limit=67108864"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "invalidate")
    def give_up(connection: Any, _: ConnectionPoolEntry, __: BaseException | None) -> None:
        # A task was cancelled inside a transaction. Closing alone would keep the lock for as long
        # as anything refers to a cursor (sqlite3_close_v2).
        connection.rollback()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine

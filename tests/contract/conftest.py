"""The stores on everything they run on: in memory, on SQLite and on PostgreSQL."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.memory import MemoryCluster, MemoryShards
from shared.memory_alerts import MemoryAlerts, MemorySilences
from shared.memory_definitions import MemoryDefinitions
from shared.memory_outbox import MemoryNotifications, MemoryOutbox
from shared.memory_periods import MemoryPeriodTotals
from shared.memory_tokens import MemoryTokens
from shared.sql.alerts import SqlAlerts
from shared.sql.cluster import SqlCluster
from shared.sql.definitions import SqlDefinitions
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.sql.notifications import SqlNotifications
from shared.sql.outbox import SqlOutbox
from shared.sql.period_rows import SqlPeriodTotals
from shared.sql.shards import SqlShards
from shared.sql.silences import SqlSilences
from shared.sql.tokens import SqlTokens
from tests.support.postgres import Postgres
from tests.support.waiting import eventually

DATABASES = ("sqlite", "postgresql")


@asynccontextmanager
async def _database(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'leeway.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = await server.create_database()
    yield url
    await server.drop_database(url)


@pytest.fixture
async def ended_threads() -> AsyncIterator[None]:
    """Nothing; fails when a thread of a connection outlives the test."""
    before = set(threading.enumerate())
    yield

    async def ended() -> bool:
        return set(threading.enumerate()) <= before

    await eventually(ended, "the threads that the test started have ended")


@pytest.fixture(params=DATABASES)
async def empty_database_url(
    request: pytest.FixtureRequest, tmp_path: Path, ended_threads: None
) -> AsyncIterator[str]:
    """The URL of a database without tables."""
    async with _database(request, tmp_path) as url:
        yield url


@pytest.fixture
async def database_url(empty_database_url: str) -> str:
    """The URL of a database with Leeway's tables."""
    await upgrade(empty_database_url)
    return empty_database_url


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A pool on a database with Leeway's tables."""
    async with open_engine(database_url) as engine:
        yield engine


@pytest.fixture(params=("memory", *DATABASES))
async def store_engine(
    request: pytest.FixtureRequest, tmp_path: Path, ended_threads: None
) -> AsyncIterator[AsyncEngine | None]:
    """A pool on a database with Leeway's tables, or None for the stores in memory."""
    if request.param == "memory":
        yield None
        return
    async with _database(request, tmp_path) as url:
        await upgrade(url)
        async with open_engine(url) as engine:
            yield engine


@pytest.fixture
def shards(store_engine: AsyncEngine | None) -> SqlShards | MemoryShards:
    return MemoryShards() if store_engine is None else SqlShards(store_engine)


@pytest.fixture
def definitions(store_engine: AsyncEngine | None) -> SqlDefinitions | MemoryDefinitions:
    return MemoryDefinitions() if store_engine is None else SqlDefinitions(store_engine)


@pytest.fixture
def cluster(store_engine: AsyncEngine | None) -> SqlCluster | MemoryCluster:
    return MemoryCluster() if store_engine is None else SqlCluster(store_engine)


@pytest.fixture
def alerts(shards: SqlShards | MemoryShards) -> SqlAlerts | MemoryAlerts:
    """The alerts that the flushes of `shards` record."""
    return shards.alerts if isinstance(shards, MemoryShards) else SqlAlerts(shards._engine)


@pytest.fixture
def outbox(shards: SqlShards | MemoryShards) -> SqlOutbox | MemoryOutbox:
    """What the flushes of `shards` have to tell."""
    return MemoryOutbox(shards) if isinstance(shards, MemoryShards) else SqlOutbox(shards._engine)


@pytest.fixture
def notifications(outbox: SqlOutbox | MemoryOutbox) -> SqlNotifications | MemoryNotifications:
    """The same rows as people see them."""
    if isinstance(outbox, MemoryOutbox):
        return MemoryNotifications(outbox)
    return SqlNotifications(outbox._engine)


@pytest.fixture
def silences(store_engine: AsyncEngine | None) -> SqlSilences | MemorySilences:
    return MemorySilences() if store_engine is None else SqlSilences(store_engine)


@pytest.fixture
def tokens(store_engine: AsyncEngine | None) -> SqlTokens | MemoryTokens:
    """The API tokens."""
    return MemoryTokens() if store_engine is None else SqlTokens(store_engine)


@pytest.fixture
def period_totals(shards: SqlShards | MemoryShards) -> SqlPeriodTotals | MemoryPeriodTotals:
    """What the flushes of `shards` said of periods."""
    if isinstance(shards, MemoryShards):
        return MemoryPeriodTotals(shards)
    return SqlPeriodTotals(shards._engine)

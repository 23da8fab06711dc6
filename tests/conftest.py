"""What tests of every kind may ask for: real servers, and processes of the real commands."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from shared.sql.migrate import upgrade
from tests.support.database import DATABASES, empty_database
from tests.support.kafka.cluster import Kafka, running_kafka
from tests.support.kafka.packages import NoKafka
from tests.support.kafka.secured import Secured, secured_broker
from tests.support.postgres import NoPostgres, Postgres, running_postgres

# CI judges a change, not the luck of the draw: the same examples each time. Elsewhere new ones.
# How long an example takes is the machine's affair, not the test's.
settings.register_profile("anywhere", deadline=None)
settings.load_profile("anywhere")
settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
    settings.load_profile("ci")


def missing(what: object) -> None:
    """Skip for want of a real server, loudly; in CI, fail."""
    if os.environ.get("CI", "").lower() in {"1", "true", "yes"}:
        pytest.fail(f"CI must not skip: {what}")
    pytest.skip(str(what))


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    """A real Kafka, one for the whole session."""
    try:
        with running_kafka() as cluster:
            yield cluster
    except NoKafka as error:
        missing(error)


@pytest.fixture(scope="module")
def secured_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A real Kafka with every kind of lock, one for all tests of a module."""
    try:
        with secured_broker(tmp_path_factory.mktemp("certificates")) as found:
            yield found
    except NoKafka as error:
        missing(error)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL, one for the whole session."""
    try:
        with running_postgres() as server:
            yield server
    except NoPostgres as error:
        missing(error)


@pytest.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """The SQLAlchemy URL of an empty database, dropped after the test."""
    url = await postgres.create_database()
    yield url
    await postgres.drop_database(url)


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of each kind."""
    with empty_database(request, tmp_path) as url:
        yield url


@pytest.fixture
def database_url(empty_database_url: str) -> str:
    """The URL of a database of each kind, with Leeway's tables."""
    asyncio.run(upgrade(empty_database_url))
    return empty_database_url

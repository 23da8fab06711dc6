"""The kinds of database that Leeway runs on, for tests of what must be the same on both."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.postgres import Postgres

DATABASES = ("sqlite", "postgresql")


@contextmanager
def empty_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Give the URL of an empty database of the kind that is the parameter of the fixture."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'leeway.sqlite3'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = asyncio.run(server.create_database())
    yield url
    asyncio.run(server.drop_database(url))

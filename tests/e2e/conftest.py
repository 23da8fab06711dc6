"""What tests of the commands may ask for."""

import asyncio
import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from leeway.__main__ import main
from tests.e2e.command import Command
from tests.e2e.running import Ended
from tests.support.postgres import Postgres

DATABASES = ("sqlite", "postgresql")
Options = tuple[str, ...]


@contextmanager
def _options_for(request: pytest.FixtureRequest) -> Iterator[Options]:
    if request.param == "sqlite":
        yield ()
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = asyncio.run(server.create_database())
    yield ("--database", url)
    asyncio.run(server.drop_database(url))


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Iterator[Options]:
    """The options by which `leeway up` uses an empty database of each kind."""
    with _options_for(request) as options:
        yield options


@pytest.fixture(scope="module", params=DATABASES)
def shared_database(request: pytest.FixtureRequest) -> Iterator[Options]:
    """The same, one database of each kind for all tests of a module."""
    with _options_for(request) as options:
        yield options


@pytest.fixture
def leeway(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command line in this process: a new one takes seconds to start."""

    def run(*arguments: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> Ended:
        monkeypatch.setattr(sys, "argv", ["leeway", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        for name in [name for name in os.environ if name.startswith("LEEWAY_")]:
            monkeypatch.delenv(name)
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Ended(int(ended.value.code or 0), told.out, told.err)

    return run

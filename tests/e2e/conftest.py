"""What tests of the commands may ask for."""

import io
import os
import sys
from collections.abc import Iterator, Mapping

import pytest

from leeway.__main__ import main
from tests.e2e.command import Command
from tests.e2e.running import Ended
from tests.support.database import DATABASES, empty_database

Options = tuple[str, ...]


@pytest.fixture
def database(empty_database_url: str) -> Options:
    """The options by which `leeway up` uses an empty database of each kind."""
    return _options(empty_database_url)


@pytest.fixture(scope="module", params=DATABASES)
def shared_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of an empty database, one of each kind for all tests of a module."""
    with empty_database(request, tmp_path_factory.mktemp("database")) as url:
        yield url


@pytest.fixture(scope="module")
def shared_database(shared_database_url: str) -> Options:
    """The options by which `leeway up` uses it."""
    return _options(shared_database_url)


def _options(url: str) -> Options:
    """Name a server; SQLite is what a stack uses without being told."""
    return () if url.startswith("sqlite") else ("--database", url)


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

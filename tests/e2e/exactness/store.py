"""The databases under fire: PostgreSQL that is killed and cut off, one SQLite file for all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.e2e.exactness.proxy import cutting_beside
from tests.support.commit_cutter import CommitCutter
from tests.support.postgres import Postgres


class Server(Protocol):
    """A server under test: Kafka's broker or PostgreSQL."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


@dataclass(frozen=True)
class Store:
    """A database: where the api reaches it, where all others do, and what can be done to it."""

    url: str
    fleet_url: str
    cutter: CommitCutter | None = None
    server: Server | None = None


@contextmanager
def sqlite_file(folder: Path) -> Iterator[Store]:
    """Give a file that all processes of one machine share."""
    url = f"sqlite+aiosqlite:///{folder / 'leeway.sqlite3'}"
    yield Store(url, url)


@contextmanager
def postgresql(server: Postgres, url: str) -> Iterator[Store]:
    """Give a database of this server; ingest and evaluator reach it through a proxy that cuts."""
    with cutting_beside(server.host, server.port) as (cutter, port):
        through_proxy = url.replace(f":{server.port}/", f":{port}/")
        yield Store(url, through_proxy, cutter, None if server.control is None else server)

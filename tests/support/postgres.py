"""A PostgreSQL of the tests' own, or the one that LEEWAY_TEST_POSTGRES names."""

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import pytest

from tests.support.port import free_port
from tests.support.waiting import wait_until

VARIABLE = "LEEWAY_TEST_POSTGRES"
OPTIONS = [
    *("-c", "fsync=off"),
    *("-c", "max_connections=200"),
    *("-c", "shared_buffers=64MB"),
    *("-c", "listen_addresses=127.0.0.1"),
]


class NoPostgres(Exception):
    """There is no PostgreSQL server on this machine."""


@dataclass
class Postgres:
    """A running server; `control` is None for one that is not ours to stop."""

    host: str
    port: int
    user: str
    password: str | None = None
    control: "_Server | None" = None

    async def create_database(self) -> str:
        """Create an empty database and return its URL for SQLAlchemy."""
        name = f"leeway_{uuid.uuid4().hex[:12]}"
        await self.execute(f'CREATE DATABASE "{name}"')
        secret = f":{self.password}" if self.password else ""
        return f"postgresql+asyncpg://{self.user}{secret}@{self.host}:{self.port}/{name}"

    async def drop_database(self, url: str) -> None:
        """Drop a database, whoever is still connected to it."""
        await self.execute(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    async def terminate_connections(self, url: str) -> int:
        """Cut every connection to a database and return how many there were."""
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = $1 AND pid <> pg_backend_pid()"
        )
        return int(await self.execute(query, url.rpartition("/")[2]))

    async def execute(self, query: str, *arguments: object) -> Any:
        """Run one statement outside any transaction and return the first value of its result."""
        connection = await asyncpg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database="postgres",
        )
        try:
            return await connection.fetchval(query, *arguments)
        finally:
            await connection.close()

    async def create_user(self, password: str) -> str:
        """Create a user who is let in with this password only, and return the name."""
        name = f"user_{uuid.uuid4().hex[:12]}"
        self._owned().demand_password(name)
        await self.execute("SELECT pg_reload_conf()")
        await self.execute(f"CREATE USER \"{name}\" PASSWORD '{password}'")
        return name

    def kill(self) -> None:
        """End the server without warning, as a power cut would."""
        self._owned().kill()

    def start(self) -> None:
        """Start the server again on the same files, and wait until it accepts connections."""
        self._owned().start()

    def _owned(self) -> "_Server":
        if self.control is None:
            pytest.skip(f"the server that {VARIABLE} names is not ours to stop")
        return self.control


class _Server:
    """Debian's server on a folder of its own, run as `postgres` when the tests run as root."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._binaries = _binaries()
        self._folder = folder
        self._data = folder / "data"
        self._user = "postgres" if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    def initialise(self) -> None:
        if self._user:
            shutil.chown(self._folder, self._user)
        self._folder.chmod(0o755)
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
        if self._run("initdb", "-D", str(self._data), *options).wait():
            raise RuntimeError(f"initdb failed:\n{self._told()}")

    def demand_password(self, user: str) -> None:
        """Let a user in with a password only, from the next reading of the configuration on."""
        file = self._data / "pg_hba.conf"
        file.write_text(f"host all {user} 127.0.0.1/32 scram-sha-256\n{file.read_text()}")

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        options = ["-p", str(self.port), "-k", str(self._folder), *OPTIONS]
        self._process = self._run("postgres", "-D", str(self._data), *options)
        wait_until(self._is_ready, "PostgreSQL accepts connections")

    def kill(self) -> None:
        """Kill the server and every process of it with SIGKILL."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        family = [self._process.pid, *map(int, children.read_text().split())]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        wait_until(lambda: not any(map(_is_running, family)), "PostgreSQL is gone")

    def stop(self) -> None:
        """Stop it at once, and wait for its end."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)

    def _is_ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended while it started:\n{self._told()}")
        command = [
            str(self._binaries / "pg_isready"),
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
        ]
        return subprocess.run(command).returncode == 0

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as output:
            return subprocess.Popen(
                [self._binaries / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                start_new_session=True,
            )

    def _told(self) -> str:
        return (self._folder / "log").read_text(errors="replace")[-2000:]


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Give the server that LEEWAY_TEST_POSTGRES names, or start one; raise NoPostgres."""
    if address := os.environ.get(VARIABLE):
        yield _named(address)
        return
    folder = Path(mkdtemp(prefix="leeway-postgres-"))
    server = _Server(folder, free_port())
    try:
        server.initialise()
        server.start()
        yield Postgres("127.0.0.1", server.port, "postgres", control=server)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _named(address: str) -> Postgres:
    url = urlsplit(address)
    user = unquote(url.username or "postgres")
    password = unquote(url.password) if url.password else None
    return Postgres(url.hostname or "127.0.0.1", url.port or 5432, user, password)


def _binaries() -> Path:
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    versions = [f for f in folders if (f / "pg_ctl").exists()]
    if not versions:
        raise NoPostgres(f"no PostgreSQL server here; install one, or set {VARIABLE}")
    return max(versions, key=lambda folder: int(folder.parent.name))


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

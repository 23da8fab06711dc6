"""The data folder of a local stack, which only one stack may use at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leeway.exit import CommandFailed, ExitCode

_LOCK = "stack.lock"


class DataFolder:
    """Where a local stack keeps what must outlive it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def database_url(self) -> str:
        """The SQLite database in this folder."""
        return f"sqlite+aiosqlite:///{self.path / 'leeway.sqlite3'}"


@contextmanager
def open_folder(path: Path) -> Iterator[DataFolder]:
    """Create the folder where it is missing, and hold it until exit.

    Raises CommandFailed when another stack holds it. The lock is the kernel's: it ends with the
    process, however that ends.
    """
    path = path.absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise CommandFailed(
            f"cannot use the data folder {path}: {error.strerror}; name another with --data",
            ExitCode.USAGE,
        ) from error
    try:
        _hold(lock, path)
        yield DataFolder(path)
    finally:
        os.close(lock)


def _hold(lock: int, path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(lock, 20, 0).decode(errors="replace").strip() or "unknown"
        raise CommandFailed(
            f"the data folder {path} is in use by another `leeway up` (process {holder}): "
            "stop that one first, or name another folder with --data"
        ) from error
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)

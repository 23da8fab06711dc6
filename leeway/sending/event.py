"""The events of a file: read line by line, judged before they are sent, moved in time."""

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from leeway.exit import CommandFailed, ExitCode

MAX_BYTES = 1 << 20  # of one event
_STDIN = Path("-")


@dataclass(frozen=True, slots=True)
class Line:
    """One event as text, and where it stands in its file, from 1."""

    number: int
    text: bytes


@contextmanager
def open_lines(path: Path, *, twice: bool) -> Iterator[IO[bytes]]:
    """Open a file, or standard input for `-`; with `twice` it can be read again from the start."""
    with ExitStack() as opened:
        file = sys.stdin.buffer if path == _STDIN else opened.enter_context(_open(path))
        if twice and not file.seekable():
            copy = opened.enter_context(tempfile.TemporaryFile())
            shutil.copyfileobj(file, copy)
            copy.seek(0)
            file = copy
        yield file


def _open(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise CommandFailed(f"cannot read {path}: {error.strerror}", ExitCode.USAGE) from error


def lines_of(file: IO[bytes]) -> Iterator[Line]:
    """Yield every line that is not blank. A line too long to send is cut just above the limit."""
    number = 0
    while text := file.readline(MAX_BYTES + 2):
        number += 1
        rest = text
        while not rest.endswith(b"\n") and len(rest) == MAX_BYTES + 2:
            rest = file.readline(MAX_BYTES + 2)
        if text := text.strip():
            yield Line(number, text)


def too_large(line: Line) -> bool:
    """Return whether this event exceeds what may be sent."""
    return len(line.text) > MAX_BYTES


def batches(lines: Iterable[Line], most: int, most_bytes: int) -> Iterator[list[Line]]:
    """Yield the lines in groups of at most `most` lines and about `most_bytes`."""
    group: list[Line] = []
    size = 0
    for line in lines:
        if group and (len(group) == most or size + len(line.text) > most_bytes):
            yield group
            group, size = [], 0
        group.append(line)
        size += len(line.text)
    if group:
        yield group

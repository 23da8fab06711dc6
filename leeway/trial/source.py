"""The files of events of a trial, and which data sources each of them is for."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from leeway.exit import CommandFailed, ExitCode
from leeway.sending.event import Line, batches, lines_of, open_lines
from leeway.trial.topic import Topic

STDIN = Path("-")

_BATCH = 10_000
_BATCH_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class EventFile:
    """A file of JSON lines, or standard input; `source` is the data source that it is for.

    Without a source every event is offered to every topic that the definitions read.
    """

    path: Path
    source: str | None = None

    def is_for(self, topic: Topic) -> bool:
        """Return whether the topic has these events."""
        return self.source is None or self.source in {one.name for one in topic.sources}

    @contextmanager
    def open(self) -> Iterator["OpenFile"]:
        """Open the file for reading it more than once."""
        with open_lines(self.path, twice=True) as file:
            yield OpenFile(self, file)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file of events that is open."""

    named: EventFile
    file: IO[bytes]

    def batches(self) -> Iterator[list[Line]]:
        """Yield the lines that are not blank, in batches, from the start of the file."""
        self.file.seek(0)
        yield from batches(lines_of(self.file), _BATCH, _BATCH_BYTES)


def event_files(arguments: Collection[str], sources: Collection[str]) -> list[EventFile]:
    """Return what `--events` names: FILE, - or SOURCE=FILE; raises CommandFailed."""
    files = [_event_file(argument, sources) for argument in arguments]
    if sum(file.path == STDIN for file in files) > 1:
        raise CommandFailed("standard input can be read only once", ExitCode.USAGE)
    return files


def _event_file(argument: str, sources: Collection[str]) -> EventFile:
    source, equals, path = argument.partition("=")
    if not equals or Path(argument).exists():
        return EventFile(Path(argument))
    if source not in sources:
        known = ", ".join(sorted(sources)) or "none"
        raise CommandFailed(
            f"--events {argument}: no SLO reads a data source {source!r} (they read: {known})",
            ExitCode.USAGE,
        )
    return EventFile(Path(path), source)

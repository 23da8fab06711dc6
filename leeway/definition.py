"""Definition files as the commands use them: read, checked, and what is wrong shown by place."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from leeway.exit import CommandFailed, ExitCode
from leeway.terminal import plain, say_line
from shared.definitions.reader import STANDARD_INPUT, Reading, read_paths
from shared.domain.errors import Problem

_COLOUR = {False: "red", True: "yellow"}

NO_DEFINITIONS = "there is no definition in it"


def read(paths: Sequence[Path], *, strict: bool = False) -> Reading:
    """Read the files; raises CommandFailed for a path that is not there or holds no files."""
    for path in paths:
        if str(path) != STANDARD_INPUT and not path.exists():
            raise CommandFailed(f"{path}: no such file or folder", ExitCode.USAGE)
    reading = read_paths(paths, strict=strict)
    if not reading.files:
        raise CommandFailed(
            f"no *.yaml, *.yml or *.json below {', '.join(map(str, paths))}", ExitCode.USAGE
        )
    return reading


def read_some(paths: Sequence[Path]) -> Reading:
    """Read the files as `read` does; raises CommandFailed when there is no definition in them."""
    reading = read(paths)
    if reading.empty == reading.files:
        raise CommandFailed(f"{', '.join(reading.files)}: {NO_DEFINITIONS}", ExitCode.NO)
    return reading


def today() -> date:
    """Return the day by which dates in definitions have passed, in UTC."""
    return datetime.now(UTC).date()


def show_problem(problem: Problem, *, warning: bool = False) -> str:
    """Return a problem as one line of markup.

    `file.yaml:12:7  spec.objectives[0].target: 1.2 is not below 1`
    """
    place = ":".join(str(part) for part in (problem.file, problem.line, problem.column) if part)
    path = f"[{_COLOUR[warning]}]{plain(problem.path)}[/]: " if problem.path else ""
    what = f"{'[yellow]warning:[/] ' if warning else ''}{path}{plain(problem.message)}"
    return f"[bold]{plain(place)}[/]  {what}" if place else what


def say_problems(problems: Iterable[Problem], *, warning: bool = False) -> None:
    """Write every problem to stderr, in the order in which they are found in the files."""
    for problem in sorted(problems, key=lambda one: (one.file, one.line, one.column)):
        say_line(show_problem(problem, warning=warning))


def as_json(problem: Problem) -> dict[str, Any]:
    """Return a problem as `leeway validate -o json` prints it."""
    return {
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "message": problem.message,
    }

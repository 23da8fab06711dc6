"""`leeway fmt`: bring definition files into their canonical form."""

import difflib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from leeway.definition import say_problems
from leeway.exit import CommandFailed, ExitCode
from leeway.formatting.formatter import Form, Unformattable, form_of, formatted
from leeway.terminal import counted, say, write
from shared.definitions.reader import STANDARD_INPUT, files_below


@dataclass(frozen=True, slots=True)
class _Formatted:
    """What became of one file."""

    path: Path
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


def fmt(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 when a file is not formatted.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Change nothing; show what would change.")
    ] = False,
    stdout: Annotated[
        bool, typer.Option("--stdout", help="Change nothing; write the result to stdout.")
    ] = False,
    output: Annotated[
        Form | None, typer.Option("--output", "-o", help="Write this form (with --stdout or -).")
    ] = None,
) -> None:
    """Write definitions in canonical form: keys in order, two spaces a level, comments kept.

    What a file means never changes: a file where that could not be made sure is left as it is.
    Comments stay with the key below them; JSON has none.

    For example:

      leeway fmt slos/

      leeway fmt --check --diff slos/

      leeway fmt --stdout -o json checkout.yaml | jq .spec
    """
    to_stdout = stdout or paths == [Path(STANDARD_INPUT)]
    if output is not None and not to_stdout:
        raise CommandFailed(
            f"-o {output} writes to stdout: add --stdout, or read from -", ExitCode.USAGE
        )
    files = list(_files_in(paths))
    found = [one for path in files if (one := _format(path, output)) is not None]
    changed = [one for one in found if one.is_changed]
    if to_stdout and not (check or diff):
        _print(found)
    else:
        _deliver(changed, check=check, diff=diff)
        outcome = "not formatted" if check or diff else "formatted anew"
        say(f"{len(changed):,} of {counted(len(files), 'file')} {outcome}")
    if len(found) < len(files) or (check and changed):
        raise typer.Exit(ExitCode.NO)


def _files_in(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from files_below(path)
        elif path.exists() or str(path) == STANDARD_INPUT:
            yield path
        else:
            raise CommandFailed(f"{path}: no such file or folder", ExitCode.USAGE)


def _format(path: Path, output: Form | None) -> _Formatted | None:
    """Return a file in its canonical form; says why and returns None where there is none."""
    try:
        before = _read(path)
        form = output or form_of(str(path), before)
        return _Formatted(path, before, formatted(before, str(path), form))
    except Unformattable as refused:
        say_problems(refused.problems)
        if not refused.problems:
            say(f"{path}: {refused}")
    except UnicodeDecodeError:
        say(f"{path}: the text is not UTF-8")
    except OSError as error:
        say(f"{path}: {error.strerror}")
    return None


def _read(path: Path) -> str:
    if str(path) == STANDARD_INPUT:
        return sys.stdin.buffer.read().decode()
    return path.read_text(encoding="utf-8")


def _print(found: Sequence[_Formatted]) -> None:
    for position, one in enumerate(found):
        if position and form_of(str(one.path), one.after) is Form.YAML:
            write("---")
        write(one.after.rstrip("\n"))


def _deliver(changed: Sequence[_Formatted], *, check: bool, diff: bool) -> None:
    for one in changed:
        if diff:
            write("".join(_difference(one)).rstrip("\n"))
        else:
            write(str(one.path))
        if not (check or diff):
            _replace(one.path, one.after)


def _difference(one: _Formatted) -> Iterator[str]:
    before, after = (text.splitlines(keepends=True) for text in (one.before, one.after))
    return difflib.unified_diff(before, after, str(one.path), f"{one.path} (formatted)")


def _replace(path: Path, text: str) -> None:
    """Write a file in one step: whoever reads it sees the old text or the new one."""
    target = path.resolve()
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        shutil.copymode(target, name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

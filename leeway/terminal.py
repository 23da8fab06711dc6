"""What people and programs read: data on stdout, messages on stderr.

Colours and progress appear only on a terminal; in a pipe a table is plain aligned text.
"""

import io
import json
import re
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from shared.domain.budget import State

_NEVER_WRAPS = 10_000  # a figure is never cut: a terminal that is too narrow wraps the line

_COLOURS = {
    State.OK: "green",
    State.AT_RISK: "yellow",
    State.BREACHED: "bold red",
    State.NO_DATA: "dim",
    State.STALE: "magenta",
}


class Output(StrEnum):
    """The form of the data on stdout."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


def say(message: str) -> None:
    """Write one message to stderr."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def write(text: str) -> None:
    """Write one piece of data to stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def write_line(markup: str) -> None:
    """Write one line of data to stdout, in colours on a terminal and plain elsewhere."""
    write(_rendered(markup, sys.stdout))


def say_line(markup: str) -> None:
    """Write one message to stderr, in colours on a terminal and plain elsewhere."""
    say(_rendered(markup, sys.stderr))


def _rendered(markup: str, stream: TextIO) -> str:
    text = Text.from_markup(markup, emoji=False)
    console = Console(file=io.StringIO(), force_terminal=stream.isatty(), width=_NEVER_WRAPS)
    if not stream.isatty() or console.no_color:
        return text.plain
    with console.capture() as captured:
        console.print(text, end="", soft_wrap=True)
    return captured.get()


def write_data(data: object, output: Output, *, compact: bool = False) -> None:
    """Write plain JSON values in the form asked for; `compact` puts JSON on a single line."""
    if output is Output.YAML:
        write(yaml_text(data, explicit_start=compact).rstrip("\n"))
    else:
        write(json.dumps(data, ensure_ascii=False, indent=None if compact else 2))


def yaml_text(data: object, *, explicit_start: bool = False) -> str:
    """Return plain JSON values as YAML 1.2 that reads back as the same, each text on one line."""
    text = io.StringIO()
    yaml = YAML(typ="rt", pure=True)  # the only kind that keeps the order of keys
    yaml.explicit_start = explicit_start
    yaml.width = _NEVER_WRAPS
    yaml.dump(_with_escapes(data), text)
    return text.getvalue()


def _with_escapes(data: object) -> object:
    """Return the same values; what no editor shows will be written as an escape."""
    match data:
        case dict():
            return {_with_escapes(key): _with_escapes(value) for key, value in data.items()}
        case list():
            return [_with_escapes(value) for value in data]
        case str() if not data.isprintable():
            return DoubleQuotedScalarString(data)
        case _:
            return data


def write_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: str = "") -> None:
    """Write rows under their headings; `right` names the columns of numbers, comma separated."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    numeric = set(right.split(","))
    for column in columns:
        table.add_column(
            column.upper(), justify="right" if column in numeric else "left", no_wrap=True
        )
    for row in rows:
        table.add_row(*row)
    if sys.stdout.isatty():
        Console(width=_NEVER_WRAPS).print(table)
        return
    text = io.StringIO()
    Console(file=text, width=_NEVER_WRAPS, no_color=True).print(table)
    write("\n".join(line.rstrip() for line in text.getvalue().splitlines()))


def plain(value: object) -> str:
    """Return a value as table text, a dash for none, yes or no; markup in it means nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else escape(str(value))


def second(moment: str) -> str:
    """Return a moment of an answer without fractions of a second."""
    return re.sub(r"(:\d\d)\.\d+", r"\1", moment)


def coloured(state: str) -> str:
    """Return a state in its colour."""
    colour = _COLOURS.get(State(state)) if state in list(State) else None
    return f"[{colour}]{escape(state)}[/]" if colour else escape(state)


def percent(ratio: float | None, digits: int = 4) -> str:
    """Return a ratio as a percentage for display; what is not quite 100 % never reads so."""
    if ratio is None:
        return "-"
    text = f"{ratio * 100:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{'<' if text == '100' and ratio < 1 else ''}{text}%"


def number(value: float | None) -> str:
    """Return a figure for display."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it is not one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

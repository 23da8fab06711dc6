"""How far a trial is, on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

Notice = Callable[[int], None]
"""Told how much more is done."""


@contextmanager
def phase(name: str, unit: str, total: int | None = None) -> Iterator[Notice]:
    """Show a bar on stderr while this lasts, where that is a terminal."""
    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.completed:,}} {unit}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with bars:
        task = bars.add_task(name, total=total)
        yield lambda more: bars.advance(task, more)

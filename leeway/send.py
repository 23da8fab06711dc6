"""`leeway send`: events of a file to the server, or to a topic."""

import asyncio
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from leeway.exit import CommandFailed, ExitCode
from leeway.option import ServerOption
from leeway.sending.destination import Destination, Refusal, open_api
from leeway.sending.event import MAX_BYTES, Line, batches, lines_of, open_lines, too_large
from leeway.sending.shift import Field, newest, shifter
from leeway.server import DEFAULT_SERVER
from leeway.terminal import counted, say
from shared.settings import KafkaSettings, read_settings

_BATCH = 2_000
_BATCH_BYTES = 512 << 10
_SHOWN = 20  # refusals

_Way = AbstractAsyncContextManager[Destination]


def send(
    file: Annotated[
        Path, typer.Argument(metavar="FILE|-", help="JSON lines; - for standard input.")
    ] = Path("-"),
    source: Annotated[str, typer.Option(help="The data source they belong to.")] = "requests",
    topic: Annotated[
        str | None,
        typer.Option(help="Write to this topic at LEEWAY_KAFKA_BOOTSTRAP, not to the server."),
    ] = None,
    shift_to_now: Annotated[
        bool,
        typer.Option("--shift-to-now", help="Move all times so that the newest is now."),
    ] = False,
    timestamp_field: Annotated[str, typer.Option(help="Where --shift-to-now finds times.")] = "ts",
    server: ServerOption = DEFAULT_SERVER,
) -> None:
    """Send events, one JSON object a line.

    Events that are refused are named and left out, and the exit code is 1.

    For example:

      leeway send requests.jsonl --shift-to-now

      zcat events.gz | leeway send --source uptime -

      LEEWAY_KAFKA_BOOTSTRAP=127.0.0.1:9092 leeway send - --topic shop.orders < orders.jsonl
    """
    way: _Way = open_api(server, source)
    if topic is not None:
        # Imported here: Kafka's clients would double the time in which all other commands start.
        from leeway.sending.topic import open_topic

        way = open_topic(read_settings(KafkaSettings), topic)
    field = tuple(timestamp_field.split("."))
    with open_lines(file, twice=shift_to_now) as opened:
        lines = _shifted(opened, field) if shift_to_now else lines_of(opened)
        sent, refused = asyncio.run(_send_all(way, lines))
    for refusal in refused[:_SHOWN]:
        say(f"{file}:{refusal.line}  {refusal.reason}")
    if len(refused) > _SHOWN:
        say(f"... and {len(refused) - _SHOWN:,} more")
    say(f"sent {counted(sent, 'event')}" + (f", {len(refused):,} refused" if refused else ""))
    if refused:
        raise typer.Exit(ExitCode.NO)


def _shifted(file: IO[bytes], field: Field) -> Iterator[Line]:
    latest = newest((line.text for line in lines_of(file) if not too_large(line)), field)
    if latest is None:
        raise CommandFailed(
            f"no event has a time in {'.'.join(field)!r} to shift: "
            "name another with --timestamp-field, or send without --shift-to-now",
            ExitCode.USAGE,
        )
    file.seek(0)
    shift = shifter(time.time_ns() // 1_000 - latest, field)
    for line in lines_of(file):
        yield line if too_large(line) else Line(line.number, shift(line.text))


async def _send_all(way: _Way, lines: Iterable[Line]) -> tuple[int, list[Refusal]]:
    sent, refused = 0, []
    async with way as destination:
        with _progress() as progress:
            task = progress.add_task("sending", total=None)
            for batch in batches(lines, _BATCH, _BATCH_BYTES):
                fitting = [line for line in batch if not too_large(line)]
                bad = [_oversized(line) for line in batch if too_large(line)]
                if fitting:
                    bad += await destination.take(fitting)
                refused += bad
                sent += len(batch) - len(bad)
                progress.update(task, completed=sent)
    return sent, refused


def _oversized(line: Line) -> Refusal:
    return Refusal(line.number, f"too_large: over {MAX_BYTES:,} bytes; not sent")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,} events"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )

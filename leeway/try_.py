"""`leeway try`: definitions on a file of events, without a server."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leeway.definition import read_some, say_problems
from leeway.exit import CommandFailed, ExitCode
from leeway.option import OutputOption
from leeway.standing import show_standing
from leeway.terminal import Output, counted, plain, say, write, write_data, write_table
from shared.definitions.check import check
from shared.definitions.document import Document
from shared.domain.duration import parse_duration
from shared.domain.errors import RejectedEvent
from shared.eventtime import read_time

if TYPE_CHECKING:
    from leeway.trial.run import Trial

_SHOWN = 20  # refused events
_ALERTS = ("alert from", "to", "severity", "slo", "objective", "policy", "condition")


def try_(
    paths: Annotated[
        list[Path], typer.Argument(metavar="DEFINITIONS", help="Files, folders, or - for stdin.")
    ],
    events: Annotated[
        list[str],
        typer.Option(
            metavar="FILE|-",
            help="JSON lines; - for standard input. SOURCE=FILE for one data source only; "
            "may be given several times.",
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="When to look, as RFC 3339; default: the last event."),
    ] = None,
    every: Annotated[
        str, typer.Option(metavar="DURATION", help="How often to evaluate: 10s, 1m, 1h, 1d.")
    ] = "1m",
    output: OutputOption = Output.TABLE,
) -> None:
    """Run events through definitions, and show where things stand and which alerts would fire.

    Needs no server. The clock is that of the events: each is known from its
    own time on. No figure depends on `--every`; alerts do, which are judged
    so often: when they fire and resolve, and whether one is seen that comes
    and goes in between.

    Events that are refused are named. The exit code is 0 whatever the states.

    For example:

      leeway try slos/ --events events.jsonl

      leeway try slos/ --events requests=web.jsonl --events uptime=probes.jsonl

      zcat events.gz | leeway try slos/ --events - --every 10s -o json
    """
    if Path("-") in paths and any(one.rpartition("=")[2] == "-" for one in events):
        raise CommandFailed(
            "definitions and events cannot both come from standard input", ExitCode.USAGE
        )
    step, moment = _seconds(every), None if at is None else _moment(at)
    # Imported here: the services would double the time in which all other commands start.
    from leeway.trial.definitions import defined
    from leeway.trial.run import run
    from leeway.trial.source import event_files

    definitions = defined(_documents(paths))
    sources = {source.name for source in definitions.catalogue.sources()}
    with ExitStack() as opened:
        files = [opened.enter_context(one.open()) for one in event_files(events, sources)]
        trial = run(definitions, files, every=step, at=moment)
    _say(trial)
    if not trial.statuses and definitions.evaluated:
        raise CommandFailed("there is no event to look at: --at gives a time to look nevertheless")
    _show(trial, output)


def _documents(paths: Sequence[Path]) -> list[Document]:
    reading = read_some(paths)
    checked = check(reading.documents)
    say_problems(checked.warnings, warning=True)
    errors = [*reading.problems, *checked.errors]
    if errors:
        say_problems(errors)
        raise CommandFailed(counted(len(errors), "error") + ": nothing was tried", ExitCode.NO)
    return reading.documents


def _seconds(every: str) -> int:
    duration = parse_duration(every, "smhd")
    if duration is None or not duration.seconds:
        raise CommandFailed(
            f"--every {every}: a whole number of s, m, h or d was expected, as 30s or 1m",
            ExitCode.USAGE,
        )
    return duration.seconds


def _moment(at: str) -> int:
    """Return the first whole second at or after a time."""
    try:
        return -(-read_time(at) // 1000)
    except RejectedEvent as error:
        raise CommandFailed(
            f"--at {at}: a time as 2026-11-23T06:00:00Z was expected", ExitCode.USAGE
        ) from error


def _say(trial: "Trial") -> None:
    """Say what became of the events."""
    for refusal in trial.refusals[:_SHOWN]:
        say(f"{refusal.file}:{refusal.line}  {refusal.reason}")
    if len(trial.refusals) > _SHOWN:
        say(f"... and {len(trial.refusals) - _SHOWN:,} more")
    for topic, results in trial.results.items():
        kinds = [("counted", "counted"), ("duplicate", "duplicate"), ("rejected", "refused")]
        said = [f"{results[kind]:,} {word}" for kind, word in kinds if results[kind]]
        say(f"{topic}: {', '.join(said) or 'no events'}")
    for (slo, _), number in trial.not_numeric.items():
        say(f"{slo}: {counted(number, 'event')} without a number where the SLI compares one")
    if trial.beyond:
        say(
            f"{counted(trial.beyond, 'event')} in no figure: later than --at, "
            "or at the very end of the windows"
        )


def _show(trial: "Trial", output: Output) -> None:
    if output is not Output.TABLE:
        write_data({"slos": trial.statuses, "alerts": trial.alerts}, output)
        return
    show_standing(trial.statuses, groups=True)
    if trial.alerts:
        write("")
        write_table(_ALERTS, [_alert(one) for one in trial.alerts])


def _alert(one: dict[str, Any]) -> tuple[str, ...]:
    slo = " ".join([one["slo"], *(f"{key}={of}" for key, of in one.get("group", {}).items())])
    keys = ("objective", "policy", "condition")
    return tuple(
        plain(told)
        for told in (one["from"], one["to"], one["severity"], slo, *(one[key] for key in keys))
    )

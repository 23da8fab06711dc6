"""`leeway silence`: alerts that nobody is told of for a while."""

import re
from itertools import islice
from typing import Annotated, Any
from urllib.parse import quote

import typer
from typer.core import TyperGroup

from leeway.exit import CommandFailed, ExitCode
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, open_server
from leeway.terminal import Output, plain, say, write_data, write_table
from shared.domain.duration import parse_duration
from shared.domain.silence import Comparison, Matcher

_MATCHER = re.compile(r"([^=!~]+?)\s*(=~|!=|=)\s*(.*)", re.DOTALL)
_ADD = "add"


class _AddsByDefault(TyperGroup):
    """A group whose name, followed by anything but a command, means `add`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_ADD, *args]
        return super().parse_args(ctx, args)


silence = typer.Typer(
    name="silence",
    cls=_AddsByDefault,
    no_args_is_help=True,
    help="Keep alerts from being told for a while: `leeway silence service=checkout --for 2h`.",
)


@silence.command(_ADD)
def add(
    matchers: Annotated[
        list[str],
        typer.Argument(
            metavar="MATCHER", help="LABEL=VALUE, LABEL!=VALUE or LABEL=~REGEX; all must match."
        ),
    ],
    duration: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="How long, such as 30m, 2h or 1d.")
    ],
    note: Annotated[str, typer.Option(help="Why, for those who wonder.")] = "",
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who asks for it, if not LEEWAY_USER.")
    ] = None,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """Tell nobody of alerts that every matcher matches; the word `add` may be left out.

    Labels are slo, objective, service, policy, condition, severity and
    group.FIELD. The alerts are recorded all the same, and told if they still
    fire when the silence ends.

    For example:

      leeway silence slo=checkout 'severity=~ticket|info' --for 2h --note deploy
    """
    demands = [_matcher(text) for text in matchers]
    length = parse_duration(duration, "smhdw")
    if length is None or length.count == 0:
        raise CommandFailed(
            f"--for {duration!r} is no length of time such as 30m or 2h", ExitCode.USAGE
        )
    asked = {
        "matchers": [{"name": m.name, "op": m.comparison, "value": m.value} for m in demands],
        "duration": duration,
        "note": note,
        "created_by": by,
    }
    with open_server(server) as api:
        made = api.post_json("/v1/silences", asked)
    if output is not Output.TABLE:
        write_data(made, output)
        return
    say(f"silenced until {made['ends_at']}; to end it earlier: leeway silence end {made['id']}")


@silence.command("list")
def list_(
    over: Annotated[bool, typer.Option("--over", help="Also those that are over.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """List silences, the newest first.

    For example:

      leeway silence list --over
    """
    with open_server(server) as api:
        query = {"over": over}
        found = list(islice(api.items("/v1/silences", query), limit))
    if output is not Output.TABLE:
        write_data({"items": found}, output)
        return
    columns = ("id", "state", "alerts", "from", "to", "by", "note")
    write_table(columns, [_row(one) for one in found])


@silence.command()
def end(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The silence, as `list` shows it.")],
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """End a silence now; alerts that still fire are told.

    For example:

      leeway silence end 9f3c1c7f0d7b4a5e8f6a2b1c3d4e5f60
    """
    with open_server(server) as api:
        ended = api.delete(f"/v1/silences/{quote(id_, safe='')}", {})
    if output is not Output.TABLE:
        write_data(ended, output)
        return
    say(f"the silence is over since {ended['ended_at'] or ended['ends_at']}")


def _matcher(text: str) -> Matcher:
    """Return what a matcher on the command line means; raises CommandFailed."""
    parts = _MATCHER.fullmatch(text)
    if parts is None:
        raise CommandFailed(
            f"{text!r} is no matcher: write LABEL=VALUE, LABEL!=VALUE or LABEL=~REGEX, "
            "such as service=checkout",
            ExitCode.USAGE,
        )
    name, comparison, value = parts.groups()
    matcher = Matcher(name.strip(), Comparison(comparison), value)
    problem = matcher.problem()
    if problem is not None:
        raise CommandFailed(f"{text!r}: {problem}", ExitCode.USAGE)
    return matcher


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    return (
        plain(one["id"]),
        plain(one["state"]),
        plain(" ".join(f"{m['name']}{m['op']}{m['value']}" for m in one["matchers"])),
        plain(one["starts_at"]),
        plain(one["ended_at"] or one["ends_at"]),
        plain(one["created_by"]),
        plain(one["note"]),
    )

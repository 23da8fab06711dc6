"""`leeway agreement`: propose, accept and end agreements, for a team and by name."""

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import typer

from leeway.difference import painted
from leeway.exit import CommandFailed, ExitCode
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, open_server
from leeway.terminal import Output, plain, say, write, write_data, write_line, write_table

agreement = typer.Typer(
    name="agreement", no_args_is_help=True, help="Propose, accept and end agreements."
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The agreement.")]
TeamOption = Annotated[str, typer.Option("--as", metavar="TEAM", help="The team you act for.")]
PersonOption = Annotated[str, typer.Option("--name", metavar="PERSON", help="Who you are.")]
NoteOption = Annotated[str | None, typer.Option(help="What you want to say about it.")]
ContentOption = Annotated[
    str | None,
    typer.Option("--sha256", help="Refuse unless this is the content, as `versions` shows it."),
]


_PROPOSE = """Propose the newest version to all parties.

For example:

  leeway agreement propose checkout-for-storefront --as payments --name "Ann Lee"
"""
_ACCEPT = """Accept the proposed version for one party; it is agreed when all of them have.

Your name, the time and the SHA-256 of the content are recorded.

For example:

  leeway agreement versions checkout-for-storefront

  leeway agreement accept checkout-for-storefront --as storefront --name "Bo Chen"
"""


def _signing(what: str) -> Callable[..., None]:
    """Return the command that does something about the content of a version."""

    def sign(
        name: NameArgument,
        team: TeamOption,
        person: PersonOption,
        note: NoteOption = None,
        sha256: ContentOption = None,
        server: ServerOption = DEFAULT_SERVER,
        output: OutputOption = Output.TABLE,
    ) -> None:
        body = {"team": team, "person": person, "note": note, "sha256": sha256}
        _act(what, name, body, server, output)

    return sign


agreement.command("propose", help=_PROPOSE)(_signing("propose"))
agreement.command("accept", help=_ACCEPT)(_signing("accept"))


@agreement.command()
def terminate(
    name: NameArgument,
    team: TeamOption,
    person: PersonOption,
    note: NoteOption = None,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """End an agreement, in force or on its way; its versions and its history stay.

    For example:

      leeway agreement terminate checkout-for-storefront --as storefront --name "Bo Chen" \
--note "moved to the new checkout"
    """
    _act("terminate", name, {"team": team, "person": person, "note": note}, server, output)


@agreement.command()
def versions(
    name: NameArgument,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """List the versions of an agreement, who accepted them, and what each one changed.

    For example:

      leeway agreement versions checkout-for-storefront
    """
    with open_server(server) as api:
        answer = api.get(f"/v1/agreements/{quote(name, safe='')}/versions")
    if output is not Output.TABLE:
        write_data(answer, output)
        return
    columns = ("version", "state", "at", "author", "from", "until", "accepted by", "sha256")
    write_table(columns, [_row(version) for version in answer["items"]], right="version")
    for version in answer["items"]:
        for change in version["changes"]:
            write(f"version {version['version']}: {change['path']}")
            write_line(painted(f"- {change['before']}"))
            write_line(painted(f"+ {change['after']}"))


def _act(what: str, name: str, signing: dict[str, str | None], server: str, output: Output) -> None:
    if not (signing["person"] or "").strip():
        raise CommandFailed("--name is empty: say who you are", ExitCode.USAGE)
    with open_server(server) as api:
        answer = api.post_json(f"/v1/agreements/{quote(name, safe='')}/{what}", signing)
    if output is not Output.TABLE:
        write_data(answer, output)
        return
    about = answer["agreement"]
    pending = about["pending"]
    write(f"{about['agreement']} version {about['version']} {about['state']}")
    if pending:
        write(f"{about['agreement']} version {pending['version']} {pending['state']}")
    waiting = pending["waiting_for"] if pending else about["waiting_for"]
    if waiting and about["state"] != "terminated":
        say(f"waits for {', '.join(waiting)}")


def _row(version: dict[str, Any]) -> tuple[str, ...]:
    accepted = [f"{one['team']} ({one['person']})" for one in version["acceptances"]]
    return (
        plain(version["version"]),
        plain(version["state"]),
        plain(version["at"]),
        plain(version["author"]),
        plain(version["effective_from"]),
        plain(version["effective_until"]),
        plain(", ".join(accepted) or None),
        plain(version["sha256"][:12]),
    )

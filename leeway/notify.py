"""`leeway notify`: whether notifications arrive, and another try for those that did not."""

import time
from itertools import islice
from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer

from leeway.exit import CommandFailed, ExitCode
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, Server, open_server
from leeway.terminal import Output, counted, plain, say, second, write_data, write_table

TEST_SECONDS = 30
_POLL_SECONDS = 0.25

notify = typer.Typer(
    name="notify", no_args_is_help=True, help="Test targets, and see what did not arrive."
)

TargetOption = Annotated[str | None, typer.Option(help="Only those to this target.")]
AlertOption = Annotated[str | None, typer.Option(help="Only those about this alert.")]


@notify.command("test")
def try_target(
    target: Annotated[str, typer.Argument(help="The AlertNotificationTarget to test.")],
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """Send a test through a target, the way that every notification goes.

    Exits with 0 once the receiver has taken it, with 1 when it did not.

    For example:

      leeway notify test on-call
    """
    with open_server(server) as api:
        asked = api.post(f"/v1/targets/{quote(target, safe='')}/test", b"", "application/json", {})
        found = _settled(api, asked["id"])
    if output is not Output.TABLE:
        write_data(found, output)
    if found["state"] == "delivered":
        say(f"{target} has taken the test")
        return
    reason = found["last_error"] or "no evaluator has tried it: is one running?"
    raise CommandFailed(f"{target} did not take the test: {reason}", ExitCode.NO)


@notify.command("list")
def list_(
    state: Annotated[
        Literal["pending", "delivered", "failed", "suppressed"] | None,
        typer.Option(help="Only those that are so."),
    ] = None,
    target: TargetOption = None,
    alert: AlertOption = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 100,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """List notifications, the newest first: what was told to whom, and what was not.

    For example:

      leeway notify list --state failed
    """
    query = {"state": state, "target": target, "alert": alert}
    with open_server(server) as api:
        found = list(islice(api.items("/v1/notifications", query), limit))
    if output is not Output.TABLE:
        write_data({"items": found}, output)
        return
    columns = ("notification", "event", "state", "attempts", "created", "why not")
    write_table(columns, [_row(one) for one in found], right="attempts")


@notify.command()
def retry(
    notification: Annotated[
        str | None, typer.Argument(metavar="NOTIFICATION", help="Only this one.")
    ] = None,
    target: TargetOption = None,
    alert: AlertOption = None,
    every: Annotated[bool, typer.Option("--all", help="Everything that failed.")] = False,
    server: ServerOption = DEFAULT_SERVER,
) -> None:
    """Try again what failed, and at once what would be tried later.

    For example:

      leeway notify retry --target on-call

      leeway notify retry 3f2a9c/2/on-call
    """
    several = {"target": target, "alert": alert}
    if (notification is not None) + any(several.values()) + every != 1:
        raise CommandFailed(
            "say what to try again: one notification, --target or --alert, or --all",
            ExitCode.USAGE,
        )
    with open_server(server) as api:
        if notification is not None:
            path = f"/v1/notifications/{quote(notification)}/retry"
            say(f"{notification} is {api.post(path, b'', 'application/json', {})['state']}")
            return
        answer = api.post("/v1/notifications/retry", b"", "application/json", several)
    say(f"{counted(answer['retried'], 'notification')} will be tried again")


def _settled(api: Server, id_: str) -> Any:
    """Return a notification once it was tried, or as it is after a while."""
    deadline = time.monotonic() + TEST_SECONDS
    while True:
        found = api.get(f"/v1/notifications/{quote(id_)}")
        tried = found["state"] != "pending" or found["last_error"] is not None
        if tried or time.monotonic() > deadline:
            return found
        time.sleep(_POLL_SECONDS)


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    return (
        plain(one["id"]),
        plain(one["event"]),
        plain(one["state"]),
        plain(one["attempts"]),
        plain(second(one["created_at"])),
        plain(one["last_error"]),
    )

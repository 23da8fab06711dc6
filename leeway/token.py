"""`leeway token`: who may call the api."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

import typer

from leeway.exit import CommandFailed, ExitCode
from leeway.option import OutputOption, ServerOption
from leeway.server import DEFAULT_SERVER, open_server, user_name
from leeway.terminal import Output, plain, say, write, write_data, write_table
from shared.domain.access import Scope, Token, fresh_secret, hash_of, require_sensible
from shared.domain.duration import parse_duration
from shared.settings import DatabaseSettings, read_settings

_COLUMNS = ("name", "scopes", "team", "created by", "expires", "revoked")

Result = TypeVar("Result")


class Place(StrEnum):
    """Where a token is kept."""

    SERVER = "server"  # asked over HTTP
    DATABASE = "database"  # LEEWAY_DATABASE_URL, without a server
    FILE = "file"  # an entry for LEEWAY_API_TOKENS_FILE


token = typer.Typer(name="token", no_args_is_help=True, help="Make, list and revoke API tokens.")

NameArgument = Annotated[str, typer.Argument(help="What the audit log calls its user.")]
PlaceOption = Annotated[
    Place,
    typer.Option("--to", help="server takes an admin's LEEWAY_TOKEN, database its URL."),
]
DatabaseOption = Annotated[
    bool, typer.Option("--database", help="Not over the server, but in LEEWAY_DATABASE_URL.")
]


@token.command()
def create(
    name: NameArgument,
    scope: Annotated[list[Scope], typer.Option(help="What it may do; several times for several.")],
    team: Annotated[
        str | None, typer.Option(help="It changes only what is this team's (leeway/owner).")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="DURATION", help="When it ends, such as 90d.")
    ] = None,
    to: PlaceOption = Place.SERVER,
    server: ServerOption = DEFAULT_SERVER,
) -> None:
    """Make a token, and show it on stdout this once: only its hash is kept.

    read sees everything, events sends events, define changes definitions and silences, approve
    signs agreements, admin does all of it and makes tokens. define and approve include read.

    For example:

      leeway token create ada --scope admin --to database

      leeway token create ci-payments --scope define --team payments --expires 90d

      leeway token create checkout --scope events --to file >> tokens.yaml
    """
    until = None if expires is None else _now() + _length(expires)
    if to is Place.SERVER:
        write(_created_by_server(server, name, scope, team, until))
        return
    secret = fresh_secret()
    by = user_name() or to.value
    made = Token(name, hash_of(secret), frozenset(scope), by, _now(), team=team, expires_at=until)
    require_sensible(made)
    if to is Place.FILE:
        write_data([_entry(made)], Output.YAML)
        say(f"the token, shown this once: {secret}")
        return
    _in_database(lambda tokens: tokens.add(made))
    write(secret)


@token.command("list")
def list_(
    database: DatabaseOption = False,
    server: ServerOption = DEFAULT_SERVER,
    output: OutputOption = Output.TABLE,
) -> None:
    """List the tokens of the database, also expired and revoked ones; never the tokens themselves.

    For example:

      leeway token list -o json
    """
    if database:
        items = [_told(one) for one in _in_database(lambda tokens: tokens.list())]
    else:
        with open_server(server) as api:
            items = api.get("/v1/tokens")["items"]
    if output is not Output.TABLE:
        write_data({"items": items}, output)
        return
    write_table(_COLUMNS, [_row(item) for item in items])


@token.command()
def revoke(
    name: NameArgument, database: DatabaseOption = False, server: ServerOption = DEFAULT_SERVER
) -> None:
    """Make a token worth nothing, within five seconds everywhere. Its name is not given again.

    For example:

      leeway token revoke ci-payments
    """
    if database:
        _in_database(lambda tokens: tokens.revoke(name, _now()))
    else:
        with open_server(server) as api:
            api.delete_silently(f"/v1/tokens/{quote(name, safe='')}")
    say(f"{name} is revoked")


def _created_by_server(
    server: str, name: str, scopes: list[Scope], team: str | None, until: datetime | None
) -> str:
    wanted = {
        "name": name,
        "scopes": [scope.value for scope in scopes],
        "team": team,
        "expires_at": until.isoformat() if until else None,
    }
    with open_server(server) as api:
        return str(api.post_json("/v1/tokens", wanted)["token"])


def _in_database(work: Callable[[Any], Awaitable[Result]]) -> Result:
    # Imported here: the SQL library would double the time in which all other commands start.
    from shared.sql.engine import open_engine
    from shared.sql.migrate import require_current
    from shared.sql.tokens import SqlTokens

    async def run() -> Result:
        async with open_engine(read_settings(DatabaseSettings).database_url) as engine:
            await require_current(engine)
            return await work(SqlTokens(engine))

    return asyncio.run(run())


def _length(text: str) -> timedelta:
    found = parse_duration(text, "smhdw")
    if found is None or found.count == 0:
        raise CommandFailed(
            f"--expires {text!r} is no length: a number and s, m, h, d or w, such as 90d",
            ExitCode.USAGE,
        )
    return timedelta(seconds=found.seconds)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _entry(one: Token) -> dict[str, Any]:
    """Return a token as the file of tokens has it."""
    told = _told(one)
    kept = ("name", "scopes", "team", "expires_at")
    return {"sha256": one.sha256} | {key: told[key] for key in kept if told[key] is not None}


def _told(one: Token) -> dict[str, Any]:
    return {
        "name": one.name,
        "scopes": sorted(scope.value for scope in one.scopes),
        "team": one.team,
        "created_by": one.created_by,
        "created_at": one.created_at.isoformat(),
        "expires_at": one.expires_at.isoformat() if one.expires_at else None,
        "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
    }


def _row(item: dict[str, Any]) -> tuple[str, ...]:
    cells = (
        item["name"],
        ", ".join(item["scopes"]),
        item["team"] or "",
        item["created_by"],
        item["expires_at"] or "never",
        item["revoked_at"] or "",
    )
    return tuple(plain(cell) for cell in cells)

"""Who asks for a change: the name goes into the audit log."""

from urllib.parse import unquote

from fastapi import Request

from services.api.guard import caller_of
from shared.sql.audit import Author

USER_HEADER = "x-leeway-user"
LONGEST = 200


def author_of(request: Request) -> Author:
    """Return whom the token names, which is vouched for.

    Where the api asks for none: who says to be asking, else where the request comes from. The
    header is percent-encoded, so that any name fits.
    """
    caller = caller_of(request)
    if caller is not None:
        return Author(caller.name, verified=True)
    said = unquote(request.headers.get(USER_HEADER, ""), errors="replace")
    name = "".join(letter for letter in said if letter.isprintable()).strip()
    address = request.client.host if request.client else ""
    return Author(name[:LONGEST] or address)


def team_of(request: Request) -> str | None:
    """Return the team that the caller is limited to, None when it may change what is anybody's."""
    caller = caller_of(request)
    return caller.team if caller else None


def name_of(request: Request, said: str | None) -> str:
    """Return whose name stands under what is said: a vouched for one before one that is given."""
    author = author_of(request)
    return author.name if author.verified or not said else said

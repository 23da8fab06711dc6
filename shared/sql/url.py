"""Database URLs: which ones Leeway takes, and how it speaks of them without their secrets."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from shared.domain.errors import InvalidDatabaseURL

_SQLITE = "sqlite+aiosqlite"
_POSTGRESQL = "postgresql+asyncpg"
_EXPECTED = f"expected {_SQLITE}:///PATH or {_POSTGRESQL}://USER:PASSWORD@HOST/DATABASE"
_OPTIONS = frozenset({"host", "port", "ssl", "target_session_attrs"})  # of PostgreSQL


def parse_url(url: str) -> URL:
    """Return the parts of a database URL, or raise InvalidDatabaseURL, which names no secret.

    `sslmode`, as other PostgreSQL programs write it, is taken for asyncpg's `ssl`.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # their text may repeat the password
        raise InvalidDatabaseURL(f"this is not a database URL: {_EXPECTED}") from None
    if parsed.drivername == _SQLITE:
        return _checked_sqlite(parsed)
    if parsed.drivername == _POSTGRESQL:
        return _checked_postgresql(parsed)
    raise InvalidDatabaseURL(
        f"a database URL that begins with {parsed.drivername!r} cannot be used: {_EXPECTED}"
    )


def is_sqlite(url: URL) -> bool:
    """Return whether this is a file of SQLite's."""
    return url.drivername == _SQLITE


def describe(url: URL) -> str:
    """Return where the database is, without user, password and options."""
    if is_sqlite(url):
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"{url.host or 'localhost'}{port}/{url.database or ''}"


def _checked_sqlite(url: URL) -> URL:
    if url.database in (None, "", ":memory:") or url.query:
        raise InvalidDatabaseURL(f"SQLite needs a file and nothing else: {_SQLITE}:///PATH")
    return url


def _checked_postgresql(url: URL) -> URL:
    options = dict(url.query)
    if "sslmode" in options:
        options.setdefault("ssl", options.pop("sslmode"))
    if unknown := sorted(options.keys() - _OPTIONS):
        raise InvalidDatabaseURL(
            f"the database URL has options that cannot be used: {', '.join(unknown)}; "
            f"those that can are {', '.join(sorted(_OPTIONS))}"
        )
    return url.set(query=options)

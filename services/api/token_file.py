"""The file of API tokens: hashes that a deployment mounts, beside those in the database."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from shared.domain.access import Scope, Token
from shared.domain.errors import LeewayError

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST = 1024 * 1024


class BadTokenFile(LeewayError):
    """The file cannot be read, or says what is no token; says where and why, never the content."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=200)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    team: str | None = None
    expires_at: AwareDatetime | None = None


_ENTRIES = TypeAdapter(list[_Entry])


def read_token_file(path: Path) -> tuple[Token, ...]:
    """Return the tokens of a YAML or JSON list; raises BadTokenFile."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadTokenFile(f"{path}: {getattr(error, 'strerror', 'not UTF-8')}") from error
    if len(text) > LARGEST:
        raise BadTokenFile(f"{path}: over {LARGEST:,} characters")
    try:
        found = _ENTRIES.validate_python(YAML(typ="safe", pure=True).load(text) or [])
    except YAMLError as error:
        raise BadTokenFile(f"{path}: it is not YAML") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadTokenFile(f"{path}: {where}: {first['msg']}") from error
    names = [entry.name for entry in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadTokenFile(f"{path}: two tokens are named {twice!r}")
    return tuple(_token(entry, str(path)) for entry in found)


def _token(entry: _Entry, origin: str) -> Token:
    return Token(
        entry.name,
        entry.sha256,
        entry.scopes,
        created_by=origin,
        created_at=BEGINNING,
        team=entry.team,
        expires_at=entry.expires_at,
    )

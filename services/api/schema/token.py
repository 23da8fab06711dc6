"""API tokens over HTTP: what is asked for, and what is told about them."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.api.schema.answer import Answer
from shared.domain.access import Scope

PRINTABLE = r"^[^\x00-\x1f\x7f/]*$"

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=PRINTABLE)]


class NewToken(BaseModel):
    """A token that is wanted."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(description="Stands in the audit log; given once and never again.")
    scopes: list[Scope] = Field(min_length=1)
    team: Name | None = Field(default=None, description="Changes only what is this team's.")
    expires_at: AwareDatetime | None = None


class Token(Answer):
    """A token as it is known: never the token itself."""

    name: str
    scopes: list[Scope]
    team: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class MadeToken(Token):
    """A new token, told this once."""

    token: str


class Tokens(Answer):
    """All tokens of the database, also those that are worth nothing any more."""

    items: list[Token]

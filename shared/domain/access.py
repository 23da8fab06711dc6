"""Who may do what: scopes, tokens, and the caller that a token stands for."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.errors import NotAllowed

MARK = "leeway_"
"""How every token begins, so that scanners of repositories and logs can find one that leaked."""


class Scope(StrEnum):
    """One thing that a caller may do."""

    READ = "read"  # see everything but tokens
    EVENTS = "events"  # send events
    DEFINE = "define"  # change definitions, silence alerts, test targets
    APPROVE = "approve"  # sign agreements
    ADMIN = "admin"  # make and revoke tokens


INCLUDED: dict[Scope, frozenset[Scope]] = {
    Scope.READ: frozenset({Scope.READ}),
    Scope.EVENTS: frozenset({Scope.EVENTS}),
    Scope.DEFINE: frozenset({Scope.DEFINE, Scope.READ}),
    Scope.APPROVE: frozenset({Scope.APPROVE, Scope.READ}),
    Scope.ADMIN: frozenset(Scope),
}
"""What each scope allows: whoever changes something sees it first."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a request comes from; with a `team` it changes only what is that team's."""

    name: str
    scopes: frozenset[Scope]
    team: str | None = None

    def may(self, scope: Scope) -> bool:
        """Tell whether one of the scopes allows this."""
        return any(scope in INCLUDED[held] for held in self.scopes)


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept: its hash, never the token itself."""

    name: str
    sha256: str
    scopes: frozenset[Scope]
    created_by: str
    created_at: datetime
    team: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Tell whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def caller(self) -> Caller:
        """Whom it stands for."""
        return Caller(self.name, self.scopes, self.team)


def require_sensible(token: Token) -> None:
    """Raise NotAllowed when a token is limited to a team and may make tokens that are not."""
    if token.team is not None and Scope.ADMIN in token.scopes:
        raise NotAllowed("a token with the scope admin cannot be limited to a team")


def fresh_secret() -> str:
    """Return a new token: 256 random bits, which nobody guesses and no hash needs salt for."""
    return MARK + secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()

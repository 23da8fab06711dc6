"""What the api reads from the environment."""

import ipaddress
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from shared.domain.access import Scope
from shared.settings import DatabaseSettings, KafkaSettings

ADVICE = (
    "whoever reaches {host} could read and change everything: set LEEWAY_AUTH=tokens (and make the "
    "first token by `leeway token create NAME --scope admin --to database`) or "
    "LEEWAY_API_TOKENS_FILE, or listen on 127.0.0.1, or say LEEWAY_AUTH=none where "
    "something before the api decides who may come in"
)


class ApiSettings(KafkaSettings, DatabaseSettings):
    """Where definitions and figures are, where events go to, and who may come in."""

    stale_after_seconds: int = Field(default=60, ge=1)
    too_late_seconds: int = Field(default=7 * 86_400, ge=0)
    future_seconds: int = Field(default=300, ge=0)
    intake_body_bytes: int = Field(default=16 * 1024 * 1024, ge=1024)
    intake_requests_per_second: float = Field(default=500, gt=0)
    self_report: bool = False
    auth: Literal["tokens", "none"] | None = None
    api_tokens_file: Path | None = None
    oidc_issuer: str | None = Field(default=None, pattern="^https?://")
    oidc_audience: str | None = None
    oidc_claim: str = "scope"
    oidc_scopes: str = ",".join(f"leeway:{scope}={scope}" for scope in Scope)
    oidc_team_claim: str | None = None
    public_url: str | None = None

    @model_validator(mode="after")
    def _somebody_decides_who_may_come_in(self) -> "ApiSettings":
        """Refuse to be open to other machines by accident, and to look protected without being."""
        if self.auth == "none" and self.api_tokens_file is not None:
            raise ValueError("LEEWAY_AUTH=none and LEEWAY_API_TOKENS_FILE exclude each other")
        if self.auth == "none" and self.oidc_issuer is not None:
            raise ValueError("LEEWAY_AUTH=none and LEEWAY_OIDC_ISSUER exclude each other")
        if (self.oidc_issuer is None) != (self.oidc_audience is None):
            raise ValueError("LEEWAY_OIDC_ISSUER and LEEWAY_OIDC_AUDIENCE go together")
        mapping_of(self.oidc_scopes)
        if self.auth is None and not self.asks and not is_loopback(self.http_host):
            raise ValueError(ADVICE.format(host=self.http_host))
        return self

    @property
    def asks(self) -> bool:
        """Whether callers must say who they are."""
        given = self.api_tokens_file is not None or self.oidc_issuer is not None
        return self.auth == "tokens" or given

    @property
    def secure(self) -> bool:
        """Whether the page is reached by HTTPS only."""
        return (self.public_url or "").startswith("https://")


def mapping_of(text: str) -> dict[str, frozenset[Scope]]:
    """Return what `VALUE=SCOPE+SCOPE,...` says; raises ValueError."""
    found = {}
    for part in text.split(","):
        value, equals, scopes = part.strip().rpartition("=")
        try:
            found[value] = frozenset(Scope(scope) for scope in scopes.split("+"))
        except ValueError as error:
            raise ValueError(f"LEEWAY_OIDC_SCOPES: {part!r}: {error}") from error
        if not (value and equals):
            raise ValueError(f"LEEWAY_OIDC_SCOPES: {part!r} is not VALUE=SCOPE")
    return found


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address; of names only `localhost` is known."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"

"""Knows callers by the signed tokens of an OpenID Connect provider, checked against its keys."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

from shared.domain.access import Caller, Scope
from shared.domain.errors import IssuerUnavailable

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Asymmetric ones only: with `none` or a shared secret anybody could sign."""

SKEW_SECONDS = 60
KEYS_SECONDS = 300  # for so long keys are kept; an unknown one is looked up sooner
TIMEOUT_SECONDS = 5
REQUIRED = ("exp", "iss", "aud", "sub")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are taken, for whom they must be, and which values of a claim allow what."""

    url: str
    audience: str
    claim: str
    scopes: Mapping[str, frozenset[Scope]]
    team_claim: str | None = None


class IssuerKeyring:
    """Checks signature, issuer, audience and times of a token; the keys come from the provider.

    A key that is not known yet is asked for at once, at most every half minute: so a provider may
    change its keys, and nobody can make us ask it all the time.
    """

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._keys: jwt.PyJWKClient | None = None
        self._finding = threading.Lock()

    async def caller(self, secret: str) -> Caller | None:
        """Return whom a token stands for, None for one that is not this provider's, or not valid.

        Raises IssuerUnavailable when the provider's keys are not to be had.
        """
        if secret.count(".") != 2:
            return None
        claims = await asyncio.to_thread(self._claims, secret)
        return None if claims is None else self._caller(claims)

    def _claims(self, secret: str) -> dict[str, Any] | None:
        try:
            if jwt.get_unverified_header(secret).get("alg") not in ALGORITHMS:
                return None
            return self._checked(secret, self._client())
        except jwt.PyJWKClientConnectionError as error:
            raise self._unavailable() from error
        except (jwt.InvalidTokenError, jwt.PyJWKClientError):
            return None

    def _checked(self, secret: str, keys: jwt.PyJWKClient) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            secret,
            keys.get_signing_key_from_jwt(secret),
            algorithms=ALGORITHMS,
            audience=self._issuer.audience,
            issuer=self._issuer.url,
            leeway=SKEW_SECONDS,
            options={"require": list(REQUIRED)},
        )
        return claims

    def _client(self) -> jwt.PyJWKClient:
        """Return the provider's keys, there being some; raises IssuerUnavailable."""
        try:
            with self._finding:
                if self._keys is None:
                    self._keys = jwt.PyJWKClient(
                        self._discovered(), lifespan=KEYS_SECONDS, timeout=TIMEOUT_SECONDS
                    )
            self._keys.get_signing_keys()
        except (httpx.HTTPError, jwt.PyJWTError, ValueError) as error:  # also what is no JSON
            raise self._unavailable() from error
        return self._keys

    def _discovered(self) -> str:
        """Return where the keys are, by the provider's discovery document."""
        url = self._issuer.url
        where = f"{url.rstrip('/')}/.well-known/openid-configuration"
        found = httpx.get(where, timeout=TIMEOUT_SECONDS).raise_for_status().json()
        named = found.get("issuer") if isinstance(found, dict) else None
        if named != url:  # OpenID Connect Discovery 1.0, section 4.3
            raise self._unavailable(f": {where} is about {named!r}; compare LEEWAY_OIDC_ISSUER")
        return str(found.get("jwks_uri"))

    def _unavailable(self, why: str = "") -> IssuerUnavailable:
        return IssuerUnavailable(
            f"the identity provider at {self._issuer.url} does not tell its keys{why}"
        )

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        given = claims.get(self._issuer.claim, ())
        words = given.split() if isinstance(given, str) else given
        values = [w for w in words if isinstance(w, str)] if isinstance(words, list) else []
        known = [self._issuer.scopes.get(value, frozenset()) for value in values]
        name = claims.get("preferred_username") or claims["sub"]
        team = claims.get(self._issuer.team_claim) if self._issuer.team_claim else None
        # Marked, so that nobody there is called like a token of ours.
        return Caller(
            f"oidc:{name}", frozenset().union(*known), None if team is None else str(team)
        )

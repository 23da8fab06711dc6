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
            return self._checked(secret)
        except (jwt.PyJWKClientConnectionError, httpx.HTTPError) as error:
            raise IssuerUnavailable(
                f"the identity provider at {self._issuer.url} does not tell its keys"
            ) from error
        except (jwt.InvalidTokenError, jwt.PyJWKClientError, jwt.PyJWKSetError):
            return None

    def _checked(self, secret: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            secret,
            self._client().get_signing_key_from_jwt(secret),
            algorithms=ALGORITHMS,
            audience=self._issuer.audience,
            issuer=self._issuer.url,
            leeway=SKEW_SECONDS,
            options={"require": list(REQUIRED)},
        )
        return claims

    def _client(self) -> jwt.PyJWKClient:
        """Return the provider's keys; where they are is what its discovery document says."""
        with self._finding:
            if self._keys is None:
                where = f"{self._issuer.url.rstrip('/')}/.well-known/openid-configuration"
                answer = httpx.get(where, timeout=TIMEOUT_SECONDS).raise_for_status()
                self._keys = jwt.PyJWKClient(
                    str(answer.json()["jwks_uri"]), lifespan=KEYS_SECONDS, timeout=TIMEOUT_SECONDS
                )
            return self._keys

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        given = claims.get(self._issuer.claim, ())
        values = given.split() if isinstance(given, str) else given
        known = [self._issuer.scopes.get(str(value), frozenset()) for value in values]
        name = claims.get("preferred_username") or claims["sub"]
        team = claims.get(self._issuer.team_claim) if self._issuer.team_claim else None
        # Marked, so that nobody there is called like a token of ours.
        return Caller(
            f"oidc:{name}", frozenset().union(*known), None if team is None else str(team)
        )

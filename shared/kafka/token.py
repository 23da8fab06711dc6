"""Bearer tokens for Kafka (SASL OAUTHBEARER), by OAuth 2.0 client credentials (RFC 6749, 4.4)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from aiokafka.abc import AbstractTokenProvider

from shared.domain.errors import BrokerUnavailable

TIMEOUT_SECONDS = 10.0
USED_UP = 0.8  # of its lifetime: then a token is replaced
SHORTEST_SECONDS = 60  # lifetime of a token whose answer does not give it


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Who asks which endpoint for a token."""

    endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None


class TokenProvider(AbstractTokenProvider):  # type: ignore[misc]  # it has no types
    """Gives aiokafka a token, and asks for the next one before it expires."""

    def __init__(
        self, credentials: ClientCredentials, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._token = ""
        self._good_until = 0.0

    async def token(self) -> str:
        """Return a token that is still good; raises BrokerUnavailable with the cause."""
        if self._clock() >= self._good_until:
            await self._renew()
        return self._token

    async def _renew(self) -> None:
        wanted = self._credentials
        data = {"grant_type": "client_credentials"}
        if wanted.scope:
            data["scope"] = wanted.scope
        asked_at = self._clock()
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                answer = await client.post(
                    wanted.endpoint, data=data, auth=(wanted.client_id, wanted.client_secret)
                )
            answer.raise_for_status()
            body = answer.json()
            token, lifetime = body["access_token"], float(body.get("expires_in", SHORTEST_SECONDS))
        except httpx.HTTPStatusError as error:
            cause = f"it answers {error.response.status_code} to {wanted.client_id}"
            raise _no_token(wanted, cause) from error
        except httpx.HTTPError as error:
            raise _no_token(wanted, str(error) or type(error).__name__) from error
        except (KeyError, TypeError, ValueError) as error:
            raise _no_token(wanted, "its answer holds no access_token") from error
        self._token, self._good_until = str(token), asked_at + lifetime * USED_UP


def _no_token(wanted: ClientCredentials, cause: str) -> BrokerUnavailable:
    return BrokerUnavailable(f"no token for Kafka from {wanted.endpoint}: {cause}")

"""Sends requests, and tells answers that may become better from those that will not."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

import httpx

from services.evaluator.delivery.access import Access
from services.evaluator.delivery.outcome import Refused, Undelivered, Unreached
from services.evaluator.delivery.request import Request

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
LONGEST_WAIT = 3600.0  # that a receiver may ask for
PASSING = frozenset({408, 425, 429})
QUOTED = 300  # characters of an answer that a message repeats


class Http(Protocol):
    """Sends a request."""

    async def send(self, request: Request, access: Access) -> bytes:
        """Return the body of a good answer; raises Refused or Unreached."""


class HttpxHttp:
    """Sends through httpx; follows no redirects, which would carry secrets elsewhere."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, request: Request, access: Access) -> bytes:
        try:
            response = await self._client.request(
                request.method,
                request.url,
                content=request.body,
                headers=dict(request.headers),
                follow_redirects=False,
                timeout=TIMEOUT,
            )
        except httpx.TimeoutException:
            raise Unreached(f"{access.target.kind} did not answer in time") from None
        except httpx.TransportError as error:
            reason = access.scrubbed(str(error)) or type(error).__name__
            raise Unreached(f"{access.target.kind} cannot be reached: {reason}") from None
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise Refused(f"the address of {access.target.name} is no URL") from None
        if response.is_success:
            return response.content
        raise _failure(response, access)


def _failure(response: httpx.Response, access: Access) -> Undelivered:
    said = access.scrubbed(" ".join(response.text.split()))[:QUOTED]
    message = f"{access.target.kind} answered {response.status_code}" + (said and f": {said}")
    if response.status_code in PASSING or response.status_code >= 500:
        return Unreached(message, retry_after(response.headers.get("retry-after")))
    return Refused(message)


def retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3), if it does."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        seconds = float(value)
    else:
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        seconds = (at - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)

"""An HTTP request as a value: what a receiver is sent, before anything is sent."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from services.evaluator.delivery.access import Access


@dataclass(frozen=True, slots=True)
class Request:
    """What to send and where; address and headers may hold secrets, so they are not shown."""

    url: str = field(repr=False)
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "POST"


def json_request(url: str, content: object, headers: Mapping[str, str] | None = None) -> Request:
    """Return a POST of JSON."""
    return Request(
        url, msgspec.json.encode(content), {"content-type": "application/json", **(headers or {})}
    )


def authorization(access: Access) -> dict[str, str]:
    """Return the header of who has a name and a password, or a token; none without a secret."""
    if access.secret is None:
        return {}
    if access.target.user is None:
        return {"authorization": f"Bearer {access.secret}"}
    pair = f"{access.target.user}:{access.secret}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}

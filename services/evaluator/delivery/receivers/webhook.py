"""Any program that takes JSON over HTTP, signed as Standard Webhooks says.

The body is `{"type", "timestamp", "data"}`, with the whole notification as data. `webhook-id` is
equal however often a notification is sent. Without a secret there is no signature.
"""

import base64
import binascii
import hashlib

import msgspec
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from services.evaluator.delivery.outcome import Refused
from services.evaluator.delivery.receiver import Attempt
from services.evaluator.delivery.request import Request

PREFIX = "whsec_"


def requests(attempt: Attempt) -> list[Request]:
    """Return the POST."""
    notification = attempt.notification
    body = msgspec.json.encode(
        {
            "type": f"alert.{notification.event}",
            "timestamp": notification.at,
            "data": {**msgspec.to_builtins(notification), "link": attempt.link},
        }
    )
    message = message_id(notification.id)
    headers = {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(attempt.at.timestamp())),
    }
    if attempt.access.secret is not None:
        headers["webhook-signature"] = _signature(attempt, message, body)
    return [Request(attempt.access.url or "", body, headers)]


def message_id(notification: str) -> str:
    """Return the idempotency key without the full stops that a signed key must not have."""
    return f"msg_{hashlib.sha256(notification.encode()).hexdigest()[:32]}"


def _signature(attempt: Attempt, message: str, body: bytes) -> str:
    try:
        key = base64.b64decode((attempt.access.secret or "").removeprefix(PREFIX), validate=True)
        webhook = Webhook(key)
    except (binascii.Error, EmptyWebhookSecretError):
        raise Refused(
            f"the secret of {attempt.access.target.name} is no key of Standard Webhooks:"
            " whsec_ and base64"
        ) from None
    return webhook.sign(message, attempt.at, body.decode())

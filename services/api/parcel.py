"""Takes the body of `POST /v1/events` apart: one event, a JSON array, or a line for each event."""

import msgspec

from services.api.errors import BadRequest

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_ONE = msgspec.json.Decoder(msgspec.Raw)
_SPACE = b" \t\r\n"


def events_in(body: bytes) -> list[bytes]:
    """Return the bytes of each event as sent; raises BadRequest when there is none.

    Text that is not JSON is left to the check of each event where the events can be told apart,
    so that the answer names the index of the bad ones.
    """
    text = body.strip(_SPACE)
    if not text:
        raise BadRequest("the body holds no event: send an object, an array, or a line for each")
    if text.startswith(b"["):
        return _of_array(text)
    return [text] if b"\n" not in text or _is_one(text) else _of_lines(text)


def _of_array(text: bytes) -> list[bytes]:
    try:
        events = [bytes(raw) for raw in _ARRAY.decode(text)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequest(f"the body is not a JSON array: {error}") from error
    if not events:
        raise BadRequest("the array is empty")
    return events


def _is_one(text: bytes) -> bool:
    try:
        _ONE.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _of_lines(text: bytes) -> list[bytes]:
    return [line for line in (line.strip(_SPACE) for line in text.split(b"\n")) if line]

"""Reads the body of a request, and stops reading when it is too large."""

from fastapi import Request

from services.api.errors import TooLarge, UnknownEncoding


async def read_body(request: Request, largest: int) -> bytes:
    """Return the body; raises TooLarge as soon as more than `largest` bytes are announced.

    A compressed body is never unpacked, which raises UnknownEncoding.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.strip().lower() not in ("identity", ""):
        raise UnknownEncoding(encoding)
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > largest:
        raise TooLarge(largest)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise TooLarge(largest)
        parts.append(part)
    return b"".join(parts)

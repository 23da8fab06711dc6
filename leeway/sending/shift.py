"""Moving the timestamps of events so that the newest is now, their distances kept."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

_MILLISECONDS_FROM = 1e11  # contract: numbers below are seconds

Field = tuple[str, ...]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def time_of(value: object) -> int | None:
    """Return a timestamp in microseconds since the epoch, or None for what is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        scale = 1_000_000 if abs(value) < _MILLISECONDS_FROM else 1_000
        return round(value * scale)
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return None
        return None if at.tzinfo is None else (at - _EPOCH) // _MICROSECOND
    return None


def newest(events: Iterable[bytes], field: Field) -> int | None:
    """Return the latest timestamp among these events; None when none has any."""
    times = (_timestamp(event, field) for event in events)
    return max((at for at in times if at is not None), default=None)


def shifter(by: int, field: Field) -> Callable[[bytes], bytes]:
    """Return what moves one event by so many microseconds, in the form its time was written.

    Events without a time that can be read are returned as they are.
    """

    def shift(event: bytes) -> bytes:
        body = _decode(event)
        found = _find(body, field)
        if found is None:
            return event
        holder, name, at = found
        holder[name] = _written_like(holder[name], at + by)
        return msgspec.json.encode(body)

    return shift


def _timestamp(event: bytes, field: Field) -> int | None:
    found = _find(_decode(event), field)
    return None if found is None else found[2]


def _decode(event: bytes) -> Any:
    try:
        return msgspec.json.decode(event)
    except msgspec.DecodeError:
        return None


def _find(body: Any, field: Field) -> tuple[dict[str, Any], str, int] | None:
    """Return the object that holds the event's time, its name in there, and the time."""
    cloud_event = isinstance(body, dict) and "specversion" in body
    for path in (("data", *field), ("time",)) if cloud_event else (field,):
        holder = _holder(body, path)
        at = time_of(holder[path[-1]]) if holder else None
        if holder is not None and at is not None:
            return holder, path[-1], at
    return None


def _holder(body: Any, path: Field) -> dict[str, Any] | None:
    for name in path[:-1]:
        body = body.get(name) if isinstance(body, dict) else None
    return body if isinstance(body, dict) and path[-1] in body else None


def _written_like(sample: object, at: int) -> object:
    if isinstance(sample, str):
        text = (_EPOCH + at * _MICROSECOND).isoformat(timespec="microseconds")
        return text.removesuffix("+00:00") + "Z"
    scale = 1_000_000 if abs(float(str(sample))) < _MILLISECONDS_FROM else 1_000
    if isinstance(sample, int) and at % scale == 0:
        return at // scale
    return at / scale

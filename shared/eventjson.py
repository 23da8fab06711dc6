"""Decodes the JSON of records into the fields in use."""

import re
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from shared.domain.errors import RejectedEvent
from shared.domain.predicate import Path
from shared.domain.reason import Reason
from shared.domain.slo import DataSource
from shared.eventrefusal import (
    MAX_DEPTH,
    REFUSALS,
    Json,
    check_depth,
    check_size,
    decode_in_use,
    openings,
)

CLOUD_EVENTS = "1.0"  # the `specversion` that is recognised

Event = Any  # a decoded event is opaque; EventJson reads it
Column = list[Any]
Rejection = tuple[int, RejectedEvent]  # with the row
Rejections = list[Rejection]

_ENVELOPE = ("id", "source", "time")
_UNREADABLE = re.compile(r'["\\\x00-\x1f]')  # in names of fields: msgspec cannot match them

# A comprehension with the name written out takes a third of the time of attrgetter.
_COLUMNS: tuple[Callable[[Sequence[Event]], Column], ...] = (
    lambda events: [event.f0 for event in events],
    lambda events: [event.f1 for event in events],
    lambda events: [event.f2 for event in events],
    lambda events: [event.f3 for event in events],
    lambda events: [event.f4 for event in events],
    lambda events: [event.f5 for event in events],
    lambda events: [event.f6 for event in events],
    lambda events: [event.f7 for event in events],
    lambda events: [event.f8 for event in events],
    lambda events: [event.f9 for event in events],
)


class EventJson:
    """Decodes events of one source, as far as the fields in use: all others are skipped.

    A missing field and a null one both read as None. A CloudEvent becomes the event in its
    `data`, with the envelope's `id`, `source` and `time` where it has none of its own.
    """

    def __init__(self, source: DataSource, paths: Iterable[Path]) -> None:
        own = (source.service_field, source.id_field, source.timestamp_field, source.weight_field)
        names = dict.fromkeys(["specversion", *(path[0] for path in (*own, *paths))])
        readable = [name for name in names if not _UNREADABLE.search(name)]
        self._attributes = {name: f"f{index}" for index, name in enumerate(readable)}
        event = msgspec.defstruct(
            "Event",
            [(attribute, Any, None) for attribute in self._attributes.values()],
            rename={attribute: name for name, attribute in self._attributes.items()},
            gc=False,
        )
        others = [(name, Any, None) for name in _ENVELOPE]
        envelope = msgspec.defstruct("Envelope", [("data", event), *others], gc=False)
        self._decode: Callable[[bytes], Event] = msgspec.json.Decoder(event).decode
        self._open: Callable[[bytes], Any] = msgspec.json.Decoder(envelope).decode
        self._completed = (
            (source.id_field, attrgetter("id")),
            (source.service_field, attrgetter("source")),
            (source.timestamp_field, attrgetter("time")),
        )

    def decode(self, value: bytes) -> Event:
        """Return the event in these bytes, or raise RejectedEvent."""
        try:
            event = self._decode_checked(value)
        except REFUSALS as error:
            event, refusal = self._second_look(value, error)
            if refusal is not None:
                raise refusal from error
        return self._unwrap(value) if event.f0 == CLOUD_EVENTS else event

    def decode_all(self, values: Sequence[bytes]) -> tuple[list[Event | None], Rejections]:
        """Return the event of each row, None for those rejected; and these with the reason."""
        opened, most = openings(values)
        trusted = opened < len(values) + MAX_DEPTH or most() <= MAX_DEPTH
        events, rejected = self._rows(values, self._decode if trusted else self._decode_checked)
        # When each row is an object, each has an opening bracket, and none more than MAX_DEPTH.
        if rejected and trusted and most() > MAX_DEPTH:
            events, rejected = self._rows(values, self._decode_checked)
        versions = [event and event.f0 for event in events] if rejected else _COLUMNS[0](events)
        if versions.count(None) < len(versions):
            self._unwrap_all(values, versions, events, rejected)
        return events, rejected

    def value(self, event: Event, path: Path) -> object:
        """Return one field of one event."""
        attribute = self._attributes.get(path[0])
        value = None if attribute is None else getattr(event, attribute)
        for name in path[1:]:
            value = value.get(name) if type(value) is dict else None
        return value

    def column(self, events: Sequence[Event], path: Path) -> Column:
        """Return one field of many events."""
        attribute = self._attributes.get(path[0])
        if attribute is None:
            return [None] * len(events)
        index = int(attribute[1:])
        read = _COLUMNS[index] if index < len(_COLUMNS) else None
        column = read(events) if read else list(map(attrgetter(attribute), events))
        for name in path[1:]:
            column = [value.get(name) if type(value) is dict else None for value in column]
        return column

    def _rows(
        self, values: Sequence[bytes], decode: Callable[[bytes], Event]
    ) -> tuple[list[Event | None], Rejections]:
        events: list[Event | None] = []
        rejected: Rejections = []
        rest = iter(values)
        while len(events) < len(values):
            try:
                events.extend(map(decode, rest))
            except REFUSALS as error:
                row = len(events)  # those before it are decoded
                event, refusal = self._second_look(values[row], error)
                events.append(event)
                if refusal is not None:
                    rejected.append((row, refusal))
        return events, rejected

    def _decode_checked(self, value: bytes) -> Event:
        check_size(value)
        check_depth(value)
        return self._decode(value)

    def _unwrap_all(
        self,
        values: Sequence[bytes],
        versions: Column,
        events: list[Event | None],
        rejected: Rejections,
    ) -> None:
        for row, version in enumerate(versions):
            if version == CLOUD_EVENTS:
                try:
                    events[row] = self._unwrap(values[row])
                except RejectedEvent as error:
                    events[row] = None
                    rejected.append((row, error))
        rejected.sort(key=lambda rejection: rejection[0])

    def _unwrap(self, value: bytes) -> Event:
        try:
            envelope = self._open(value)
        except REFUSALS as error:
            envelope, refusal = decode_in_use(self._open, value, error, self._in_envelope)
            if refusal is not None:
                raise refusal from error
        event = envelope.data
        for path, read in self._completed:
            given = read(envelope)
            if given is not None:
                self._put(event, path, given)
        return event

    def _second_look(self, value: bytes, error: Exception) -> tuple[Event, RejectedEvent | None]:
        """Return the event of a record in which only what is not in use is bad, or the reason."""
        return decode_in_use(self._decode, value, error, self._in_use)

    def _in_use(self, parsed: Json) -> Json:
        return {name: value for name, value in parsed.items() if name in self._attributes}

    def _in_envelope(self, parsed: Json) -> Json:
        data = parsed.get("data")
        if type(data) is not dict:
            raise RejectedEvent(Reason.WRONG_TYPE, "the data of a CloudEvent is not an object")
        outer = {name: parsed[name] for name in _ENVELOPE if name in parsed}
        return {**outer, "data": self._in_use(data)}

    def _put(self, event: Event, path: Path, value: object) -> None:
        """Set a field unless the event has it, or something else in its way."""
        attribute = self._attributes.get(path[0])
        if attribute is None:
            return
        for name in reversed(path[1:]):
            value = {name: value}
        within = getattr(event, attribute)
        if within is None:
            setattr(event, attribute, value)
        elif type(within) is dict and type(value) is dict:
            setattr(event, attribute, _merged(within, value))


def _merged(within: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Return `within` with the one leaf of `value`, unless something else is in its place."""
    merged = dict(within)
    for name, part in value.items():
        old = merged.get(name)
        if old is None:
            merged[name] = part
        elif type(old) is dict and type(part) is dict:
            merged[name] = _merged(old, part)
    return merged

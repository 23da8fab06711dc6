"""The records that the shop's services write: each event once, a few twice, a few invalid ones."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from examples.shop.traffic import Events


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic."""

    topic: str
    key: bytes
    value: bytes


# What Leeway must reject, by the reason it should give.
JUNK = {
    "not_json": b"GET /checkout 200",
    "not_an_object": b'["checkout",200]',
    "no_service": b'{"status":200,"duration_ms":12.5}',
    "bad_time": b'{"service":"checkout","ts":"yesterday","status":200}',
    "bad_weight": b'{"service":"checkout","status":200,"count":-3}',
}
_JUNK = tuple(JUNK.values())
REASONS = tuple(JUNK)


def reason_of(junk: int) -> str:
    """Return why the invalid record with this number is rejected."""
    return REASONS[junk % len(REASONS)]


def records(events: Events, since: int, until: int) -> Iterator[tuple[int, Record]]:
    """Yield (time, record) of the events in `[since, until)`, in order of time."""
    first, last = np.searchsorted(events.at, (since, until))
    key = events.service.encode()
    times = np.datetime_as_string(events.at[first:last].astype("datetime64[ms]"), timezone="UTC")
    names = ("id", "ts", *events.fields)
    ids = [f"{events.name}-{number}" for number in range(first, last)]
    columns = [column[first:last].tolist() for column in events.fields.values()]
    rows = zip(ids, times.tolist(), *columns, strict=True)
    marks = zip(
        events.at[first:last].tolist(),
        events.again[first:last].tolist(),
        events.junk[first:last].tolist(),
        strict=True,
    )
    for row, (at, again, junk) in zip(rows, marks, strict=True):
        body = {"service": events.service, **dict(zip(names, row, strict=True))}
        record = Record(events.topic, key, msgspec.json.encode(body))
        yield at, record
        if again:
            yield at, record
        if junk >= 0:
            yield at, Record(events.topic, key, _JUNK[junk % len(_JUNK)])

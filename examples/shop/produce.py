"""Sends the shop's events: the last three days at once, then each one when its time comes."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Protocol

from examples.shop.ledger import Ledger, Opening, judge
from examples.shop.record import records
from examples.shop.traffic import DAY, HOUR, Events, events_of_hour

PAST = 3 * DAY
STEP_SECONDS = 1.0
PAGE = 10_000  # milliseconds of live events in one statement of truth

Say = Callable[[str], None]


class Writer(Protocol):
    """Appends events to a topic of Kafka."""

    async def append_all(self, topic: str, events: Iterable[tuple[bytes | None, bytes]]) -> int: ...


class Producer:
    """One shop that sends what happens in it and states the truth about what it sent."""

    def __init__(self, writer: Writer, ledger: Ledger, say: Say) -> None:
        self._writer = writer
        self._ledger = ledger
        self._say = say

    async def run(self, seed: int, stopping: asyncio.Event) -> None:
        """Send until told to stop; goes on where an earlier run stopped."""
        opening, sent_until = self._ledger.open(Opening(seed, _now()))
        since = max(_now() - PAST, sent_until or 0)
        self._say(f"sending what happened in {(_now() - since) / HOUR:.1f} hours")
        started = time.monotonic()
        count, until = 0, since
        while _now() - until > PAGE and not stopping.is_set():
            since, until = until, min(_now(), (until // HOUR + 1) * HOUR)
            count += await self._send(opening, since, until)
            self._state(opening, since, until)
        self._say(f"sent {count:,} events in {time.monotonic() - started:.1f} s, and going on live")
        await self._go_on(opening, until, stopping)

    async def _go_on(self, opening: Opening, until: int, stopping: asyncio.Event) -> None:
        stated = until
        try:
            while not stopping.is_set():
                now = _now()
                await self._send(opening, until, now)
                until = now
                if until - stated >= PAGE:
                    self._state(opening, stated, until)
                    stated = until
                await _sleep(stopping)
        finally:
            if until > stated:
                self._state(opening, stated, until)

    async def _send(self, opening: Opening, since: int, until: int) -> int:
        found = (
            item for events in _events(opening, since, until)
            for item in records(events, since, until)
        )  # fmt: skip
        by_topic: dict[str, list[tuple[bytes | None, bytes]]] = defaultdict(list)
        for _, record in sorted(found, key=itemgetter(0)):
            by_topic[record.topic].append((record.key, record.value))
        return sum([await self._writer.append_all(t, events) for t, events in by_topic.items()])

    def _state(self, opening: Opening, since: int, until: int) -> None:
        self._ledger.add(judge(_events(opening, since, until), since, until))


class _Memory:
    """The hour that was asked for last: a live shop asks for the same one again and again."""

    def __init__(self) -> None:
        self._key: tuple[Opening, int] | None = None
        self._events: list[Events] = []

    def of(self, opening: Opening, hour: int) -> list[Events]:
        if self._key != (opening, hour):
            self._key = opening, hour
            self._events = events_of_hour(opening.seed, opening.opened, hour)
        return self._events


_memory = _Memory()


def _events(opening: Opening, since: int, until: int) -> list[Events]:
    hours = range(since // HOUR, -(-until // HOUR))
    return [events for hour in hours for events in _memory.of(opening, hour)]


def _now() -> int:
    return time.time_ns() // 1_000_000


async def _sleep(stopping: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(STEP_SECONDS):
            await stopping.wait()
    except TimeoutError:
        return

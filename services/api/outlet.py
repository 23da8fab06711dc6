"""A connection to Kafka that is opened when first needed, and again after it could not be."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Protocol, Self

Event = tuple[bytes | None, bytes]  # key, value


class EventWriter(Protocol):
    """Appends events to a topic of Kafka."""

    async def append_all(self, topic: str, events: Iterable[Event]) -> int:
        """Return the number of events once all are acknowledged; raises BrokerUnavailable."""


class Outlet:
    """An event writer that lets the api start, and answer everything else, without Kafka."""

    def __init__(self, connect: Callable[[], AbstractAsyncContextManager[EventWriter]]) -> None:
        self._connect = connect
        self._writer: EventWriter | None = None
        self._opened = AsyncExitStack()
        self._connecting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    async def append_all(self, topic: str, events: Iterable[Event]) -> int:
        """Write the events, connecting first when that was not done yet."""
        async with self._connecting:
            if self._writer is None:
                self._writer = await self._opened.enter_async_context(self._connect())
        return await self._writer.append_all(topic, events)

import asyncio

import pytest

from services.api import heartbeat
from services.api.heartbeat import Heartbeat
from shared.domain.errors import SchemaMismatch, StoreUnavailable
from shared.memory_definitions import MemoryDefinitions


class Store(MemoryDefinitions):
    """A store that can be away, and tells when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.asked = asyncio.Event()

    async def revision(self) -> int:
        self.asked.set()
        if self.away:
            raise StoreUnavailable("db:5432 did not answer")
        return 0

    async def is_asked_again(self) -> None:
        self.asked.clear()
        async with asyncio.timeout(5):
            await self.asked.wait()
            await asyncio.sleep(0)

    async def require_current(self) -> None:
        await self.revision()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.001)


async def test_the_api_is_ready_while_the_database_answers() -> None:
    store, stopping = Store(), asyncio.Event()
    beat = Heartbeat(store, store.require_current)
    assert beat.reasons() == ("the database was not asked yet",)

    running = asyncio.create_task(beat.run(stopping))
    await store.is_asked_again()
    assert beat.reasons() == ()
    store.away = True
    await store.is_asked_again()
    assert beat.reasons() == ("db:5432 did not answer",)
    store.away = False
    await store.is_asked_again()
    assert beat.reasons() == ()

    stopping.set()
    await asyncio.wait_for(running, 5)


async def test_a_database_that_is_away_at_the_start_is_waited_for_and_then_checked() -> None:
    store, stopping = Store(), asyncio.Event()
    store.away = True
    checks = []

    async def require_current() -> None:
        checks.append(store.away)
        await store.revision()

    beat = Heartbeat(store, require_current)
    running = asyncio.create_task(beat.run(stopping))
    await store.is_asked_again()
    assert beat.reasons() == ("db:5432 did not answer",)
    store.away = False
    await store.is_asked_again()
    await store.is_asked_again()
    assert beat.reasons() == ()
    assert checks[-1] is False
    assert checks.count(False) == 1

    stopping.set()
    await asyncio.wait_for(running, 5)


async def test_a_database_of_another_release_ends_the_api() -> None:
    async def require_current() -> None:
        raise SchemaMismatch("run `leeway db upgrade` first")

    with pytest.raises(SchemaMismatch):
        await Heartbeat(Store(), require_current).run(asyncio.Event())

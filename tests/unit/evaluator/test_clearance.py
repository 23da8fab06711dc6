import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry

from services.evaluator.clearance import Clearance
from services.evaluator.vitals import Vitals
from shared.domain.errors import StoreUnavailable

NOW = datetime(2026, 11, 24, tzinfo=UTC)
KEEP = timedelta(days=400)


class Past:
    """So many rows that are over, removed two at a time; says what it was asked."""

    def __init__(self, rows: int, *, away: bool = False) -> None:
        self.rows = rows
        self.away = away
        self.asked: list[tuple[Collection[int], datetime]] = []

    async def remove(self, shards: Collection[int], before: datetime) -> int:
        self.asked.append((shards, before))
        if self.away:
            raise StoreUnavailable("gone")
        portion = min(2, self.rows)
        self.rows -= portion
        return portion


def clearing(past: Past, *, owned: Collection[int] = (3,)) -> tuple[Clearance, Vitals]:
    vitals = Vitals(CollectorRegistry())
    cleared = Clearance(past, KEEP, vitals, owned=lambda: owned, now=lambda: NOW, pause=0)
    return cleared, vitals


async def test_everything_that_is_old_enough_goes_in_portions() -> None:
    past = Past(5)
    assert await clearing(past)[0].clear(asyncio.Event()) == 5
    assert past.asked == [([3], NOW - KEEP)] * 4


async def test_who_owns_no_shard_removes_nothing() -> None:
    past = Past(5)
    assert await clearing(past, owned=())[0].clear(asyncio.Event()) == 0
    assert past.asked == []


async def test_a_database_that_is_away_is_noted_and_tried_again_later() -> None:
    cleared, vitals = clearing(Past(5, away=True))
    assert await cleared.clear(asyncio.Event()) == 0
    assert vitals.database == "gone"


async def test_nothing_is_begun_any_more_when_the_service_stops() -> None:
    stopping = asyncio.Event()
    stopping.set()
    past = Past(5)
    await clearing(past)[0].run(stopping)
    assert past.rows == 5

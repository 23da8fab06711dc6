"""The dead man's switch is told that all is well only while it is."""

from collections.abc import Collection, Sequence

import httpx
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from services.evaluator.delivery.metrics import DeliveryMetrics
from services.evaluator.heartbeat import TICK_OVERDUE_SECONDS, Health, Heartbeat
from services.evaluator.vitals import Vitals
from shared.domain.errors import StoreUnavailable
from shared.memory import MemoryCluster

URL = "https://switch.example.com/t0ken"


NOW, PATIENCE_SECONDS = 10_000, 180
MINE, THEIRS = {0, 2}, {1}


class Store(MemoryCluster):
    """Three shards, of which another evaluator holds one."""

    def __init__(self) -> None:
        super().__init__()
        self._counts_partitions = len(MINE | THEIRS)
        self.away = False

    async def vouch(self, shards: Collection[int], *, at: int, since: int) -> list[int]:
        if self.away:
            raise StoreUnavailable("read only")
        return await super().vouch(shards, at=at, since=since)

    async def others_are_well(self, at: int) -> None:
        await super().vouch(THEIRS, at=at, since=0)


class Scene:
    """A heartbeat and everything that its health depends on."""

    def __init__(self) -> None:
        self.vitals = Vitals(CollectorRegistry())
        self.vitals.ticked(0.001)
        self.store = Store()
        self.url: str | None = URL
        self.now = NOW
        self.not_ready: Sequence[str] = ()
        self.late = 0.0
        self.status = 200
        self.error: Exception | None = None
        self.called: list[str] = []

    def health(self) -> Health:
        ticked = self.vitals.ticked_at or 0.0
        return Health(
            lambda: self.not_ready,
            self.vitals,
            self.store,
            lambda: MINE,
            PATIENCE_SECONDS,
            clock=lambda: ticked + self.late,
            now=lambda: self.now,
        )

    async def beat(self) -> bool:
        def handle(request: httpx.Request) -> httpx.Response:
            if self.error:
                raise self.error
            self.called.append(str(request.url))
            return httpx.Response(self.status)

        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
            metrics = DeliveryMetrics(CollectorRegistry())
            return await Heartbeat(
                client, self.url, self.health(), metrics, every_seconds=60
            ).beat()


@pytest.fixture
async def scene() -> Scene:
    """All is well."""
    found = Scene()
    await found.store.others_are_well(NOW)
    return found


async def test_it_beats_while_all_is_well(scene: Scene) -> None:
    assert await scene.beat()
    assert scene.called == [URL]


async def test_it_falls_silent_when_not_ready(scene: Scene) -> None:
    scene.not_ready = ["Kafka cannot be reached"]
    assert not await scene.beat()
    assert scene.called == []


async def test_it_falls_silent_when_the_database_takes_no_writes(scene: Scene) -> None:
    scene.store.away = True
    assert not await scene.beat()
    assert scene.called == []


async def test_it_falls_silent_when_the_ticks_stop_or_never_began(scene: Scene) -> None:
    scene.late = TICK_OVERDUE_SECONDS + 1
    assert not await scene.beat()
    scene.vitals.ticked_at = None
    scene.late = 0.0
    assert not await scene.beat()
    assert scene.called == []


async def test_it_falls_silent_when_another_evaluator_does_not_vouch_for_its_shards(
    scene: Scene,
) -> None:
    scene.now = NOW + PATIENCE_SECONDS
    assert await scene.beat()
    scene.now += 1
    with capture_logs() as logs:
        assert not await scene.beat()
    assert logs[0]["reasons"] == ["no evaluator is well that holds the shards 1"]
    assert scene.called == [URL]
    await scene.store.others_are_well(scene.now)
    assert await scene.beat()


async def test_who_is_not_well_vouches_for_nothing(scene: Scene) -> None:
    assert await scene.beat()
    scene.not_ready = ["Kafka cannot be reached"]
    scene.now = NOW + PATIENCE_SECONDS + 1
    assert not await scene.beat()
    assert await scene.store.vouch(THEIRS, at=scene.now, since=NOW + 1) == sorted(MINE)


async def test_a_database_that_failed_once_is_known_to_answer_again_where_nothing_is_written(
    scene: Scene,
) -> None:
    scene.vitals.store_failed("outbox", StoreUnavailable("the connection was closed"))
    scene.store.away = True
    assert not await scene.beat()
    assert scene.vitals.database is not None
    scene.store.away = False
    assert await scene.beat()
    assert scene.vitals.database is None


async def test_without_a_switch_it_vouches_all_the_same(scene: Scene) -> None:
    scene.url = None
    with capture_logs() as logs:
        assert await scene.beat()
        scene.not_ready = ["Kafka cannot be reached"]
        assert not await scene.beat()
    assert (scene.called, logs) == ([], [])
    assert await scene.store.vouch(THEIRS, at=NOW, since=NOW) == []


@pytest.mark.parametrize("error", [None, httpx.ConnectError("refused")])
async def test_a_switch_that_does_not_answer_is_told_again_soon_without_logging_its_url(
    scene: Scene, error: Exception | None
) -> None:
    scene.status, scene.error = 500, error
    with capture_logs() as logs:
        assert not await scene.beat()
    assert "t0ken" not in str(logs)
    assert logs[0]["event"] == "the heartbeat did not get through"

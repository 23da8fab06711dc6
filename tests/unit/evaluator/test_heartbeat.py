"""The dead man's switch is told that all is well only while it is."""

from collections.abc import Sequence

import httpx
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from services.evaluator.delivery.metrics import DeliveryMetrics
from services.evaluator.heartbeat import TICK_OVERDUE_SECONDS, Health, Heartbeat
from services.evaluator.vitals import Vitals
from shared.domain.errors import StoreUnavailable

URL = "https://switch.example.com/t0ken"


class Store:
    def __init__(self) -> None:
        self.away = False

    async def touch(self, at: int) -> None:
        if self.away:
            raise StoreUnavailable("read only")


class Scene:
    """A heartbeat and everything that its health depends on."""

    def __init__(self) -> None:
        self.vitals = Vitals(CollectorRegistry())
        self.vitals.ticked(0.001)
        self.store = Store()
        self.not_ready: Sequence[str] = ()
        self.late = 0.0
        self.status = 200
        self.error: Exception | None = None
        self.called: list[str] = []

    def health(self) -> Health:
        ticked = self.vitals.ticked_at or 0.0
        return Health(
            lambda: self.not_ready, self.vitals, self.store, clock=lambda: ticked + self.late
        )

    async def beat(self) -> bool:
        def handle(request: httpx.Request) -> httpx.Response:
            if self.error:
                raise self.error
            self.called.append(str(request.url))
            return httpx.Response(self.status)

        async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
            metrics = DeliveryMetrics(CollectorRegistry())
            return await Heartbeat(client, URL, self.health(), metrics, every_seconds=60).beat()


async def test_it_beats_while_all_is_well() -> None:
    scene = Scene()
    assert await scene.beat()
    assert scene.called == [URL]


async def test_it_falls_silent_when_not_ready() -> None:
    scene = Scene()
    scene.not_ready = ["Kafka cannot be reached"]
    assert not await scene.beat()
    assert scene.called == []


async def test_it_falls_silent_when_the_database_takes_no_writes() -> None:
    scene = Scene()
    scene.store.away = True
    assert not await scene.beat()
    assert scene.called == []


async def test_it_falls_silent_when_the_ticks_stop_or_never_began() -> None:
    scene = Scene()
    scene.late = TICK_OVERDUE_SECONDS + 1
    assert not await scene.beat()
    scene.vitals.ticked_at = None
    scene.late = 0.0
    assert not await scene.beat()
    assert scene.called == []


@pytest.mark.parametrize("error", [None, httpx.ConnectError("refused")])
async def test_a_switch_that_does_not_answer_is_told_again_soon_without_logging_its_url(
    error: Exception | None,
) -> None:
    scene = Scene()
    scene.status, scene.error = 500, error
    with capture_logs() as logs:
        assert not await scene.beat()
    assert "t0ken" not in str(logs)
    assert logs[0]["event"] == "the heartbeat did not get through"

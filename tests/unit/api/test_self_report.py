"""The api's own requests, as events."""

import asyncio
import json

import pytest
from fastapi import FastAPI, Response
from httpx import ASGITransport, AsyncClient
from prometheus_client import CollectorRegistry

from services.api import self_report
from services.api.metrics import Metrics
from services.api.self_report import Observed, SelfReport
from shared.definitions.source import BUILT_IN
from shared.events import EventReader
from tests.unit.api.world import Kafka


def dropped(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("leeway_api_self_reports_dropped_total")


def app_with(report: SelfReport, metrics: Metrics) -> ASGITransport:
    app = FastAPI()

    @app.get("/things/{name}")
    async def thing(name: str) -> Response:
        if name == "broken":
            raise RuntimeError(name)
        return Response(status_code=204)

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    app.add_middleware(Observed, metrics=metrics, report=report)
    return ASGITransport(app, raise_app_exceptions=False)


async def test_requests_become_events_that_ingest_takes() -> None:
    kafka, metrics = Kafka(), Metrics(CollectorRegistry())
    report = SelfReport(kafka, metrics)
    async with AsyncClient(transport=app_with(report, metrics), base_url="http://api") as client:
        for path in ("/things/a", "/things/broken", "/nowhere", "/healthz"):
            await client.get(path)

    await report.send()

    events = [json.loads(value) for _, _, value in kafka.events]
    assert [(e["route"], e["status"]) for e in events] == [
        ("/things/{name}", 204),
        ("/things/{name}", 500),
        ("(none)", 404),
    ]
    assert {(topic, key) for topic, key, _ in kafka.events} == {
        ("leeway.requests.v1", b"leeway-api")
    }
    assert len({e["id"] for e in events}) == 3
    assert {e["method"] for e in events} == {"GET"}
    assert all(e["duration_ms"] >= 0 for e in events)
    reader = EventReader(BUILT_IN["requests"], too_late_s=60, future_s=60)
    for _, _, value in kafka.events:
        reader.check(value, -1)


async def test_without_kafka_requests_wait_and_are_sent_later() -> None:
    kafka, metrics = Kafka(), Metrics(CollectorRegistry())
    report = SelfReport(kafka, metrics)
    kafka.away = True
    report.note("/", "GET", 200, 1.5)
    await report.send()
    kafka.away = False

    report.note("/", "GET", 200, 2.5)
    await report.send()
    await report.send()

    assert [json.loads(value)["duration_ms"] for _, _, value in kafka.events] == [1.5, 2.5]
    assert dropped(metrics) == 0


async def test_what_does_not_fit_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_report, "MOST_WAITING", 2)
    kafka, metrics = Kafka(), Metrics(CollectorRegistry())
    report = SelfReport(kafka, metrics)

    for status in (200, 201, 202):
        report.note("/", "GET", status, 1.0)
    await report.send()

    assert [json.loads(value)["status"] for _, _, value in kafka.events] == [200, 201]
    assert dropped(metrics) == 1


async def test_what_waits_when_the_api_stops_is_still_sent() -> None:
    kafka, metrics = Kafka(), Metrics(CollectorRegistry())
    report, stopping = SelfReport(kafka, metrics), asyncio.Event()
    running = asyncio.create_task(report.run(stopping))
    report.note("/", "GET", 200, 1.0)

    stopping.set()
    await asyncio.wait_for(running, 5)

    assert len(kafka.events) == 1

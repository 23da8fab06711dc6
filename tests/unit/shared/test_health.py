from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from prometheus_client import CollectorRegistry, Counter

from shared.health import health_routes


async def get(
    path: str,
    *,
    reasons: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
    accept: str = "*/*",
) -> Response:
    registry = CollectorRegistry()
    Counter("leeway_sample", "A sample.", registry=registry).inc(3)
    app = FastAPI()
    app.include_router(health_routes(lambda: reasons, registry, warnings=lambda: warnings))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://service") as client:
        return await client.get(path, headers={"accept": accept})


async def test_a_service_that_is_not_ready_says_why_and_is_alive() -> None:
    reasons = ("Kafka cannot be reached",)
    ready, alive = await get("/readyz", reasons=reasons), await get("/healthz", reasons=reasons)

    assert ready.status_code == 503
    assert ready.json()["status"] == "not ready"
    assert ready.json()["reasons"] == ["Kafka cannot be reached"]
    assert alive.status_code == 200


async def test_a_service_without_complaints_is_ready() -> None:
    answer = await get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "reasons": [], "warnings": []}


async def test_what_others_have_to_mend_is_told_by_a_service_that_is_ready() -> None:
    answer = await get("/readyz", warnings=("the topic desk is missing",))

    assert answer.status_code == 200
    assert answer.json()["warnings"] == ["the topic desk is missing"]


async def test_metrics_are_in_the_form_that_was_asked_for() -> None:
    plain, modern = (
        await get("/metrics"),
        await get("/metrics", accept="application/openmetrics-text"),
    )

    assert "leeway_sample_total 3.0" in plain.text
    assert plain.headers["content-type"].startswith("text/plain")
    assert modern.headers["content-type"].startswith("application/openmetrics-text")
    assert modern.text.endswith("# EOF\n")

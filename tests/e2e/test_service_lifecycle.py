"""How the real service commands start, wait for what is missing, and end."""

import asyncio
from pathlib import Path

import httpx
import pytest

from shared.sql.migrate import upgrade
from tests.support.kafka.cluster import Kafka
from tests.support.port import free_port
from tests.support.postgres import Postgres
from tests.support.process import services

EVERY_SERVICE = pytest.mark.parametrize("name", ["ingest", "evaluator", "api"])


def settings(kafka: str, database: str) -> dict[str, str]:
    return {
        "LEEWAY_KAFKA_BOOTSTRAP": kafka,
        "LEEWAY_DATABASE_URL": database,
        "LEEWAY_COUNTS_PARTITIONS": "4",
        "LEEWAY_LOG_FORMAT": "json",
    }


@EVERY_SERVICE
def test_a_service_becomes_ready_and_ends_with_0_when_it_is_told_to(
    kafka: Kafka, database_url: str, tmp_path: Path, name: str
) -> None:
    with services(tmp_path, settings(kafka.bootstrap, database_url)) as started:
        service = started.start(name)
        service.until_answering("/healthz", 200)
        service.until_answering("/metrics", 200)

        assert service.terminate() == 0
    assert "Traceback" not in service.told()


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("ingest", {"/readyz": 503, "/healthz": 200, "/metrics": 200}),
        ("evaluator", {"/readyz": 503, "/healthz": 200, "/metrics/sloth": 200}),
        ("api", {"/readyz": 200, "/healthz": 200, "/": 200, "/slos/none": 404, "/v1/events": 405}),
    ],
)
def test_a_head_request_is_answered_as_a_get_without_the_body(
    tmp_path: Path, name: str, answers: dict[str, int]
) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path / 'leeway.db'}"
    asyncio.run(upgrade(database))
    with services(tmp_path, settings(f"127.0.0.1:{free_port()}", database)) as started:
        service = started.start(name)
        for path, status in answers.items():
            service.until_answering(path, status)
            answer = httpx.head(f"http://127.0.0.1:{service.port}{path}")
            assert (answer.status_code, answer.content) == (status, b"")


@EVERY_SERVICE
def test_without_kafka_a_service_stays_alive_and_ends_with_0(
    database_url: str, tmp_path: Path, name: str
) -> None:
    with services(tmp_path, settings(f"127.0.0.1:{free_port()}", database_url)) as started:
        service = started.start(name)
        service.until_answering("/healthz", 200)
        if name != "api":
            answer = service.until_answering("/readyz", 503)
            assert "Kafka" in answer.text

        assert service.terminate() == 0


def test_the_api_waits_for_a_database_that_is_away_at_its_start(
    postgres: Postgres, postgres_url: str, tmp_path: Path
) -> None:
    asyncio.run(upgrade(postgres_url))
    name = postgres_url.rpartition("/")[2]

    def rename(old: str, new: str) -> None:
        asyncio.run(postgres.execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"'))

    rename(name, f"{name}_away")
    with services(tmp_path, settings(f"127.0.0.1:{free_port()}", postgres_url)) as started:
        api = started.start("api")
        answer = api.until_answering("/readyz", 503)
        api.until_told("the database cannot be reached")
        rename(f"{name}_away", name)
        api.until_answering("/readyz", 200)

        assert api.terminate() == 0
    assert answer.json()["reasons"] != []


@EVERY_SERVICE
def test_a_missing_setting_is_named_and_nothing_is_started(tmp_path: Path, name: str) -> None:
    with services(tmp_path, {"LEEWAY_DATABASE_URL": "sqlite+aiosqlite:///x"}) as started:
        service = started.start(name)

        assert service.ended() == 2
    assert service.told() == "leeway: LEEWAY_KAFKA_BOOTSTRAP is not set\n"

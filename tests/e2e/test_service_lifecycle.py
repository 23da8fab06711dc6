"""How the real service commands start, wait for what is missing, and end."""

from pathlib import Path

import pytest

from tests.support.kafka.cluster import Kafka
from tests.support.port import free_port
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


@EVERY_SERVICE
def test_a_missing_setting_is_named_and_nothing_is_started(tmp_path: Path, name: str) -> None:
    with services(tmp_path, {"LEEWAY_DATABASE_URL": "sqlite+aiosqlite:///x"}) as started:
        service = started.start(name)

        assert service.ended() == 2
    assert service.told() == "leeway: LEEWAY_KAFKA_BOOTSTRAP is not set\n"

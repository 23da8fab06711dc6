"""The evaluator as a process tells a dead man's switch that all is well, and only while it is."""

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import update

from shared.health import SILENCE_SECONDS
from shared.sql.engine import open_engine
from shared.sql.migrate import upgrade
from shared.sql.schema.count import cluster
from shared.sql.transaction import writing
from tests.support.kafka.cluster import Kafka
from tests.support.postgres import Postgres
from tests.support.process import Service, services
from tests.support.receiver import HttpReceiver, http_receiver
from tests.support.waiting import wait_until

EVERY_SECONDS = 0.2
HELD_MS = 120_000


@pytest.fixture
def switch() -> Iterator[HttpReceiver]:
    with http_receiver() as found:
        yield found


def withheld(evaluator: Service) -> float:
    """Return how many heartbeats were due while all was not well."""
    answer = evaluator.get("/metrics")
    lines = answer.text.splitlines() if answer else []
    told = [line for line in lines if line.startswith('leeway_heartbeats_total{outcome="withheld"')]
    return float(told[0].split()[-1]) if told else 0.0


def until_beating(switch: HttpReceiver) -> None:
    """Wait for heartbeats that come from now on."""
    switch.requests.clear()
    switch.until(2)


def until_silent(evaluator: Service, switch: HttpReceiver, reason: str) -> None:
    """Wait until heartbeats are withheld for this reason, and see that none comes any more."""
    before = withheld(evaluator)
    wait_until(lambda: withheld(evaluator) > before, f"no heartbeat: {reason}", within=60)
    switch.requests.clear()
    before = withheld(evaluator)
    wait_until(lambda: withheld(evaluator) >= before + 2, "two more are withheld")
    assert switch.requests == []
    evaluator.until_told(reason)


@asynccontextmanager
async def somebody_else_writing(url: str) -> AsyncIterator[None]:
    """Keep a transaction open in which all that can be written to was written to."""
    async with (
        open_engine(url, lock_timeout_ms=HELD_MS) as engine,
        writing(engine) as connection,
    ):
        await connection.execute(update(cluster).values(value=cluster.c.value))
        yield


async def settings(kafka: Kafka, database_url: str, switch: HttpReceiver) -> dict[str, str]:
    """Return the settings of an evaluator of two shards."""
    return {
        "LEEWAY_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "LEEWAY_KAFKA_SESSION_TIMEOUT_MS": "3000",
        "LEEWAY_DATABASE_URL": database_url,
        "LEEWAY_DATABASE_LOCK_TIMEOUT_MS": "1000",
        "LEEWAY_COUNTS_TOPIC": await kafka.create_topic(2),
        "LEEWAY_COUNTS_PARTITIONS": "2",
        "LEEWAY_GROUP_PREFIX": f"heart-{uuid.uuid4().hex[:8]}-",
        "LEEWAY_HEARTBEAT_URL": f"{switch.url}/ping/t0ken",
        "LEEWAY_HEARTBEAT_SECONDS": str(EVERY_SECONDS),
    }


async def test_the_switch_hears_nothing_while_kafka_or_the_database_is_away_and_again_afterwards(
    kafka: Kafka, database_url: str, tmp_path: Path, switch: HttpReceiver
) -> None:
    with services(tmp_path, await settings(kafka, database_url, switch)) as started:
        evaluator = started.start("evaluator")
        until_beating(switch)
        assert {got.path for got in switch.requests} == {"/ping/t0ken"}

        async with somebody_else_writing(database_url):
            until_silent(evaluator, switch, "the database cannot be written to")
        until_beating(switch)

        kafka.freeze()
        try:
            until_silent(evaluator, switch, f"Kafka was not read for {SILENCE_SECONDS:.0f} s")
        finally:
            kafka.thaw()
        until_beating(switch)

        assert evaluator.terminate() == 0
    assert "t0ken" not in evaluator.told()


async def test_an_evaluator_that_is_ill_silences_those_that_are_well(
    kafka: Kafka, postgres: Postgres, postgres_url: str, tmp_path: Path, switch: HttpReceiver
) -> None:
    await upgrade(postgres_url)
    name, user = postgres_url.rpartition("/")[2], await postgres.create_user("its-own")
    await postgres.execute(f'GRANT pg_read_all_data, pg_write_all_data TO "{user}"')
    its_own = f"postgresql+asyncpg://{user}:its-own@{postgres.host}:{postgres.port}/{name}"
    with services(tmp_path, await settings(kafka, postgres_url, switch)) as started:
        well = started.start("evaluator")
        until_beating(switch)
        ill = started.start("evaluator", LEEWAY_DATABASE_URL=its_own)
        ill.until_answering("/readyz", 200)
        until_beating(switch)

        await postgres.execute(f'ALTER USER "{user}" NOLOGIN')
        await postgres.terminate_connections(postgres_url)
        until_silent(well, switch, "no evaluator is well that holds the shards")

        await postgres.execute(f'ALTER USER "{user}" LOGIN')
        until_beating(switch)

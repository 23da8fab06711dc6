"""Evaluators as processes on real Kafka and PostgreSQL: shards move, figures do not."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.evaluating import Evaluating
from tests.support.kafka.cluster import Kafka
from tests.support.postgres import Postgres


@pytest.fixture
async def evaluating(kafka: Kafka, postgres_url: str, tmp_path: Path) -> AsyncIterator[Evaluating]:
    running = Evaluating(kafka, tmp_path, postgres_url)
    await running.prepare()
    yield running
    running.end()


async def test_every_figure_stays_exact_while_owners_are_killed_stopped_and_added(
    evaluating: Evaluating,
) -> None:
    evaluating.start("first")
    await evaluating.count()
    await evaluating.until_right()

    evaluating.start("second")
    await evaluating.count()
    await evaluating.until_ready("second")
    await evaluating.until_right()

    evaluating.signal("first", signal.SIGKILL)
    await evaluating.count()
    await evaluating.until_right()

    evaluating.signal("second", signal.SIGSTOP)
    await evaluating.count()
    evaluating.start("third")
    await evaluating.until_right()

    evaluating.signal("second", signal.SIGCONT)  # a zombie: it still thinks that it owns shards
    for _ in range(4):
        await evaluating.count(10)
        await asyncio.sleep(1)
    await evaluating.until_right()

    for name in ("second", "third"):
        evaluating.signal(name, signal.SIGTERM)
    codes = [process.wait(40) for process in evaluating.processes.values()]
    assert codes == [0, 0]
    assert await evaluating.totals() == evaluating.truth


async def test_cut_connections_to_the_database_change_no_figure(
    evaluating: Evaluating, postgres: Postgres
) -> None:
    evaluating.start("only")
    await evaluating.until_ready("only")
    for _ in range(12):
        await evaluating.count(5)
        await postgres.terminate_connections(evaluating.url)
        await asyncio.sleep(0.3)
    await evaluating.until_right()
    evaluating.signal("only", signal.SIGKILL)
    evaluating.start("successor")
    await evaluating.count(5)
    await evaluating.until_right()
